import { SlowStart } from './slow-start';

describe('SlowStart', () => {
  let now = 0;
  const make = (initial = 5, max = 20): SlowStart =>
    new SlowStart({ initial, max, idleMs: 1000 }, () => now);

  /** One round: everything in the window succeeds. */
  const round = (slowStart: SlowStart): number => {
    const size = slowStart.window;
    for (let n = 0; n < size; n++) slowStart.grow();
    return slowStart.window;
  };

  it('begins with the initial size', () => {
    expect(make().window).toBe(5);
  });

  it('doubles with each round of successes, up to the most', () => {
    const slowStart = make();
    expect([round(slowStart), round(slowStart), round(slowStart)]).toEqual([10, 20, 20]);
  });

  it('starts over when told to', () => {
    const slowStart = make();
    round(slowStart);
    slowStart.restart();
    expect(slowStart.window).toBe(5);
  });

  it('starts over after a rest of idleMs', () => {
    const slowStart = make();
    round(slowStart);
    slowStart.rest();
    now += 1000;
    slowStart.wake();
    expect(slowStart.window).toBe(5);
  });

  it('goes on as it was after a shorter rest', () => {
    const slowStart = make();
    round(slowStart);
    for (let n = 0; n < 5; n++) {
      slowStart.rest();
      now += 999;
      slowStart.wake();
    }
    expect(slowStart.window).toBe(10);
  });

  it('never begins with more than the most, nor with none', () => {
    expect(make(50, 20).window).toBe(20);
    expect(make(0, 20).window).toBe(1);
  });
});
