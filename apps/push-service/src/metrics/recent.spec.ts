import { RecentCount, RecentValues } from './delivery.metrics';

describe('RecentValues', () => {
  it('returns null for each percentile while there are no values', () => {
    expect(new RecentValues().percentiles([0.5, 0.99])).toEqual([null, null]);
  });

  it('returns percentiles', () => {
    const values = new RecentValues();
    for (let value = 100; value >= 1; value -= 1) values.add(value);
    expect(values.percentiles([0, 0.5, 0.95, 0.99, 1])).toEqual([1, 50, 95, 99, 100]);
  });

  it('drops the oldest value when it is full', () => {
    const values = new RecentValues(3);
    for (const value of [1000, 1, 2, 3]) values.add(value);
    expect(values.size).toBe(3);
    expect(values.percentiles([1])).toEqual([3]);
  });
});

describe('RecentCount', () => {
  it('counts what happened in the last sixty seconds', () => {
    let now = 5000;
    const count = new RecentCount(60_000, () => now);
    count.add();
    count.add();
    now += 30_000;
    count.add();
    expect(count.total()).toBe(3);
    now += 29_999;
    expect(count.total()).toBe(3);
    now += 1;
    expect(count.total()).toBe(1);
    now += 3_600_000;
    expect(count.total()).toBe(0);
  });

  it('counts over a window of any length', () => {
    let now = 5000;
    const count = new RecentCount(600, () => now);
    count.add();
    now += 599;
    expect(count.total()).toBe(1);
    now += 1;
    expect(count.total()).toBe(0);
  });

  it('keeps its counts when the clock is set back', () => {
    let now = 100_000;
    const count = new RecentCount(60_000, () => now);
    count.add();
    now -= 50_000;
    count.add();
    expect(count.total()).toBe(2);
  });
});
