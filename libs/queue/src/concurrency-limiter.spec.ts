import { ConcurrencyLimiter, type ConcurrencyLimits } from './concurrency-limiter';

describe('ConcurrencyLimiter', () => {
  let started: number[];
  let limiter: ConcurrencyLimiter<number>;

  const make = (limits: Partial<ConcurrencyLimits> = {}): void => {
    started = [];
    limiter = new ConcurrencyLimiter<number>(
      { initial: 2, max: 4, idleMs: 1000, ...limits },
      (item) => started.push(item),
    );
  };
  const add = (count: number): void => {
    for (let n = 0; n < count; n++) limiter.add(n);
  };
  /** So many messages in flight succeed; each makes room for the next. */
  const succeed = (times: number): void => {
    for (let n = 0; n < times; n++) limiter.done(true);
  };
  /** As many successes as were in flight at once, then nothing is in flight. Returns the new limit. */
  const round = (): number => {
    add(100);
    succeed(limiter.inFlight);
    limiter.takeWaiting();
    while (limiter.inFlight > 0) limiter.done(false);
    return limiter.limit;
  };

  beforeEach(() => {
    jest.useFakeTimers();
    make();
  });
  afterEach(() => jest.useRealTimers());

  it('starts as many messages as the limit allows, in order; the others wait', () => {
    add(5);
    expect([limiter.inFlight, limiter.waiting, started]).toEqual([2, 3, [0, 1]]);
  });

  it('starts one more when one has ended, and another where that was a success', () => {
    add(5);
    limiter.done(false);
    expect([limiter.inFlight, limiter.waiting, limiter.limit]).toEqual([2, 2, 2]);
    limiter.done(true);
    expect([limiter.inFlight, limiter.waiting, limiter.limit]).toEqual([3, 0, 3]);
  });

  it('starts nothing while it is held', () => {
    limiter.hold();
    add(3);
    expect([limiter.inFlight, limiter.waiting]).toEqual([0, 3]);
    limiter.release(false);
    expect([limiter.inFlight, limiter.waiting]).toEqual([2, 1]);
  });

  it('hands out the waiting messages once', () => {
    add(5);
    expect(limiter.takeWaiting()).toEqual([2, 3, 4]);
    expect(limiter.takeWaiting()).toEqual([]);
    expect(limiter.inFlight).toBe(2);
  });

  it('reports when nothing is in flight any more', async () => {
    await limiter.idle();
    add(2);
    let idle = false;
    const reported = limiter.idle().then(() => (idle = true));
    limiter.done(true);
    await Promise.resolve();
    expect(idle).toBe(false);
    limiter.done(true);
    await reported;
  });

  describe('slow start', () => {
    beforeEach(() => make({ initial: 5, max: 20 }));

    it('doubles the limit with each round of successes, up to the maximum', () => {
      expect([limiter.limit, round(), round(), round()]).toEqual([5, 10, 20, 20]);
    });

    it('starts over when it is released', () => {
      round();
      limiter.hold();
      limiter.release(false);
      expect(limiter.limit).toBe(5);
    });

    it('starts over after nothing was in flight for idleMs', () => {
      round();
      jest.advanceTimersByTime(1000);
      add(20);
      expect([limiter.inFlight, limiter.limit]).toEqual([5, 5]);
    });

    it('keeps the limit when idle for less than that, however often', () => {
      round();
      for (let n = 0; n < 5; n++) {
        jest.advanceTimersByTime(999);
        limiter.add(n);
        limiter.done(false);
      }
      expect(limiter.limit).toBe(10);
    });

    it('never begins with more than the maximum, nor with none', () => {
      make({ initial: 50, max: 20 });
      expect(limiter.limit).toBe(20);
      make({ initial: 0, max: 20 });
      expect(limiter.limit).toBe(1);
    });

    it('grows to a maximum that was raised, and shrinks at once to one that was lowered', () => {
      expect(round()).toBe(10);
      limiter.setMax(12);
      expect([limiter.limit, round()]).toEqual([10, 12]);
      limiter.setMax(3);
      expect(limiter.limit).toBe(3);
      limiter.setMax(20);
      expect(limiter.limit).toBe(5);
    });
  });

  describe('ramp after a recovery', () => {
    const recover = (limits: Partial<ConcurrencyLimits> = {}): void => {
      make({ initial: 5, max: 105, rampUpMs: 10_000, ...limits });
      limiter.hold();
      limiter.release(true);
    };
    /** Many successes, with others waiting all the time. */
    const succeedMany = (): number => {
      add(2000);
      succeed(1000);
      return limiter.limit;
    };

    it('keeps the limit below a line from the initial limit to the maximum, whatever the successes', () => {
      recover();
      expect(succeedMany()).toBe(5);
      const limits = [1, 1000, 4999, 5000, 9999, 10_000].map((at, index, all) => {
        jest.advanceTimersByTime(at - (all[index - 1] ?? 0));
        return limiter.limit;
      });
      expect(limits).toEqual([5, 15, 54, 55, 104, 105]);
    });

    it('does not raise the limit without successes', () => {
      recover();
      jest.advanceTimersByTime(60_000);
      expect(limiter.limit).toBe(5);
      add(10);
      succeed(3);
      expect(limiter.limit).toBe(8);
    });

    it('starts waiting messages as time passes, though nothing ends and nothing arrives', () => {
      recover();
      add(20);
      succeed(2);
      expect([limiter.inFlight, started.length]).toEqual([5, 7]);
      jest.advanceTimersByTime(99);
      expect(limiter.inFlight).toBe(5);
      jest.advanceTimersByTime(1);
      expect(limiter.inFlight).toBe(6);
      jest.advanceTimersByTime(10_000);
      expect([limiter.inFlight, limiter.waiting]).toEqual([7, 11]);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('starts none of them while it is held', () => {
      recover();
      add(20);
      succeed(3);
      limiter.hold();
      jest.advanceTimersByTime(10_000);
      expect([limiter.inFlight, jest.getTimerCount()]).toEqual([5, 0]);
    });

    it('sets no timer where nothing waits', () => {
      recover();
      add(5);
      limiter.done(true);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('begins anew with each recovery', () => {
      recover();
      succeedMany();
      jest.advanceTimersByTime(5000);
      expect(limiter.limit).toBe(55);
      limiter.hold();
      limiter.release(true);
      expect(succeedMany()).toBe(5);
    });

    it.each([
      ['where it is turned off', { rampUpMs: 0 }, 105],
      ['where it begins with the maximum', { max: 5 }, 5],
    ])('does not apply %s', (_, limits, expected) => {
      recover(limits);
      expect(succeedMany()).toBe(expected);
    });

    it('does not apply at the start nor after idling', () => {
      make({ initial: 5, max: 20, rampUpMs: 10_000 });
      expect(round()).toBe(10);
      jest.advanceTimersByTime(1000);
      expect(round()).toBe(10);
    });
  });
});
