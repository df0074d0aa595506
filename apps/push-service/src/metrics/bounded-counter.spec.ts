import { Registry } from 'prom-client';
import { BoundedCounter } from './bounded-counter';

describe('BoundedCounter', () => {
  it('has no more series than its words allow, however many values there are', async () => {
    const registry = new Registry();
    const name = 'things_total';
    const labelNames = ['code', 'kind'] as const;
    const things = new BoundedCounter({ name, help: 'Things', labelNames, registers: [registry] });
    for (let n = 0; n < 500; n += 1) things.count({ code: `code_${n}`, kind: 'a sentence' });

    const { values } = await things.get();
    expect(values).toHaveLength(51);
    expect(values.at(-1)).toEqual({ value: 450, labels: { code: 'other', kind: 'other' } });
  });
});
