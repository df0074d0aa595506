import { Ring } from './journal';

describe('Ring', () => {
  it('gives the newest first, at most as many as asked for', () => {
    const ring = new Ring<number>(10);
    for (const item of [1, 2, 3]) ring.push(item);
    expect(ring.newest(2)).toEqual([3, 2]);
    expect(ring.newest(Infinity)).toEqual([3, 2, 1]);
  });

  it('forgets the oldest beyond its capacity', () => {
    const ring = new Ring<number>(3);
    for (let item = 1; item <= 100; item += 1) ring.push(item);
    expect(ring.newest(Infinity)).toEqual([100, 99, 98]);
    expect(ring.size).toBe(3);
  });

  it('forgets the oldest beyond its weight, but keeps the newest however heavy', () => {
    const ring = new Ring<string>(10, 100);
    ring.push('a', 40);
    ring.push('b', 40);
    ring.push('c', 40);
    expect(ring.newest(Infinity)).toEqual(['c', 'b']);
    ring.push('d', 1000);
    expect(ring.newest(Infinity)).toEqual(['d']);
    ring.push('e', 1);
    expect(ring.newest(Infinity)).toEqual(['e']);
  });

  it('gives only what passes the filter', () => {
    const ring = new Ring<number>(10);
    for (let item = 1; item <= 9; item += 1) ring.push(item);
    expect(ring.newest(2, (item) => item % 2 === 0)).toEqual([8, 6]);
  });

  it('is empty after clear', () => {
    const ring = new Ring<number>(2, 10);
    ring.push(1, 5);
    ring.push(2, 5);
    ring.clear();
    expect(ring.newest(Infinity)).toEqual([]);
    ring.push(3, 10);
    expect(ring.newest(Infinity)).toEqual([3]);
  });
});
