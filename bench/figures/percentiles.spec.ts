import { latencyOf, median, percentile } from './percentiles';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('of 1 to 100 at %f is %d', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('is the only value there is', () => {
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('of none is no number', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('median', () => {
  it('is the middle one, whatever their order', () => {
    expect(median([10, 2, 9])).toBe(9);
  });

  it('is between both in the middle', () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });
});

describe('latencyOf', () => {
  it('counts from publication to receipt, in milliseconds, what has come and nothing else', () => {
    const published = Float64Array.from([1000, 2000, 3000, 0]);
    const received = Float64Array.from([6000, 12_000, 0, 0]);
    expect(latencyOf(published, received)).toEqual({ p50: 5, p95: 10, p99: 10 });
  });
});
