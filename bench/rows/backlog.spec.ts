import { ratesOfThirds } from './backlog';

describe('ratesOfThirds', () => {
  it('tells how fast the first, the second and the last third went', () => {
    const every = (us: number, from: number) =>
      Array.from({ length: 1001 }, (_, index) => from + index * us);
    const receipts = [...every(500, 10), ...every(1000, 1e6), ...every(2000, 3e6)];
    const rates = ratesOfThirds(Float64Array.from(receipts.reverse()));
    expect(rates.map(Math.round)).toEqual([2000, 1000, 500]);
  });
});
