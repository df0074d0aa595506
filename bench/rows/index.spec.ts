import { targets } from '../report/targets';
import { rows } from '.';

describe('rows', () => {
  const names = rows.map(({ name }) => name);

  it('have names of their own', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it('have a row for every target of the budget', () => {
    expect(names).toEqual(expect.arrayContaining(targets.map(({ row }) => row)));
  });

  it('are few in a quick run', () => {
    expect(rows.filter(({ quick }) => quick).map(({ name }) => name)).toEqual([
      '0ms',
      '80ms',
      '80ms-defaults',
    ]);
  });
});
