import { rows } from '.';

describe('rows', () => {
  const names = rows.map(({ name }) => name);

  it('have names of their own', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it('cover every latency, with one and two instances, with one and five devices', () => {
    const wanted = ['0ms', '80ms', '200ms'].flatMap((latency) =>
      ['', '-2instances', '-5devices', '-2instances-5devices'].map((of) => latency + of),
    );
    expect(names).toEqual(expect.arrayContaining(wanted));
  });

  it('are few in a quick run', () => {
    expect(rows.filter(({ quick }) => quick).map(({ name }) => name)).toEqual(['0ms', '80ms']);
  });
});
