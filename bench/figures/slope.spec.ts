import { slope, warmedUp } from './slope';

const line = (of: (seconds: number) => number, size: number) =>
  Array.from({ length: size }, (_, index) => ({ seconds: index * 10, value: of(index * 10) }));

describe('slope', () => {
  it('is that of the line', () => {
    expect(slope(line((seconds) => 100 + seconds * 0.5, 20))).toBeCloseTo(0.5);
  });

  it('is next to nothing where readings go up and down around one value', () => {
    expect(Math.abs(slope(line((s) => 100 + ((s / 10) % 2), 100)))).toBeLessThan(0.001);
  });

  it('of one reading is no number', () => {
    expect(slope([{ seconds: 0, value: 1 }])).toBeNaN();
  });

  it('is not told of the warm-up', () => {
    const readings = line((seconds) => (seconds < 100 ? seconds : 100), 30);
    expect(slope(readings)).toBeGreaterThan(0);
    expect(slope(warmedUp(readings))).toBeCloseTo(0);
  });
});
