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

  it('grows on to a most that was raised, and shrinks at once to one that was lowered', () => {
    const slowStart = make();
    round(slowStart);
    slowStart.setMax(12);
    expect([slowStart.window, round(slowStart)]).toEqual([10, 12]);
    slowStart.setMax(3);
    expect([slowStart.window, round(slowStart)]).toEqual([3, 3]);
    slowStart.setMax(20);
    expect([slowStart.window, round(slowStart)]).toEqual([5, 10]);
  });

  describe('after a recovery', () => {
    const recovered = (rampUpMs = 10_000, max = 105): SlowStart => {
      const slowStart = new SlowStart({ initial: 5, max, idleMs: 1000, rampUpMs }, () => now);
      slowStart.recover();
      return slowStart;
    };
    const succeed = (slowStart: SlowStart, times: number): number => {
      for (let n = 0; n < times; n++) slowStart.grow();
      return slowStart.window;
    };

    it('stays below a line from the initial size to the most, whatever the successes', () => {
      const slowStart = recovered();
      expect(succeed(slowStart, 1000)).toBe(5);
      const sizes = [1, 1000, 4999, 5000, 9999, 10_000].map((at, index, all) => {
        now += at - (all[index - 1] ?? 0);
        return slowStart.window;
      });
      expect(sizes).toEqual([5, 15, 54, 55, 104, 105]);
    });

    it('grows by success alone: the line is only its limit', () => {
      const slowStart = recovered();
      now += 60_000;
      expect(slowStart.window).toBe(5);
      expect(succeed(slowStart, 3)).toBe(8);
    });

    it('tells when time will let it grow, and only where nothing else is wanting', () => {
      const slowStart = recovered();
      expect(slowStart.growsInMs).toBeUndefined();
      succeed(slowStart, 2);
      expect(slowStart.growsInMs).toBe(100);
      now += 40;
      expect(slowStart.growsInMs).toBe(60);
      now += slowStart.growsInMs ?? NaN;
      expect([slowStart.window, slowStart.growsInMs]).toEqual([6, 100]);
      now += 100;
      expect([slowStart.window, slowStart.growsInMs]).toEqual([7, undefined]);
    });

    it('begins the line anew with each recovery', () => {
      const slowStart = recovered();
      now += 5000;
      expect(succeed(slowStart, 1000)).toBe(55);
      slowStart.recover();
      expect(succeed(slowStart, 1000)).toBe(5);
    });

    it('has no line where it is turned off', () => {
      expect(succeed(recovered(0), 1000)).toBe(105);
    });

    it('has no line where it begins with the most', () => {
      expect(succeed(recovered(10_000, 5), 10)).toBe(5);
    });

    it('has no line at the start nor after a rest', () => {
      const slowStart = new SlowStart(
        { initial: 5, max: 20, idleMs: 1000, rampUpMs: 10_000 },
        () => now,
      );
      expect(round(slowStart)).toBe(10);
      slowStart.rest();
      now += 1000;
      slowStart.wake();
      expect([slowStart.window, round(slowStart)]).toEqual([5, 10]);
    });
  });
});
