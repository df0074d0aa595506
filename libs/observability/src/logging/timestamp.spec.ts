import { isoTime } from './timestamp';

describe('isoTime', () => {
  it('is what toISOString says, whenever it is', () => {
    const now = Date.now();
    const times = [0, 9, 10, 99, 100, 999, 1000, now];
    for (let n = 0; n < 3000; n += 1) times.push(now + n, now - n * 7919, n * 7_919_000_001);
    for (const time of times) expect(isoTime(time)).toBe(new Date(time).toISOString());
  });
});
