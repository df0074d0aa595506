import { TokenSafetyThreshold } from './token-safety-threshold';

const WINDOW_MS = 60_000;

describe('TokenSafetyThreshold', () => {
  let now: number;
  let threshold: TokenSafetyThreshold;

  beforeEach(() => {
    now = 1_000_000;
    threshold = new TokenSafetyThreshold({ windowMs: WINDOW_MS, percent: 50, min: 20 }, () => now);
  });

  const times = (count: number, what: () => void): void => {
    for (let n = 0; n < count; n += 1) what();
  };
  const accept = (count: number) => times(count, () => threshold.accepted());
  const refuse = (count: number) => times(count, () => threshold.refused());

  it('has a refused token wait for one window, then lets it be reported', () => {
    const refusedAt = now;
    refuse(1);
    accept(1);
    now += WINDOW_MS - 1;
    expect(threshold.decide(refusedAt)).toBe('wait');
    now += 1;
    expect(threshold.decide(refusedAt)).toBe('report');
  });

  it.each([
    [19, 0, false],
    [20, 0, true],
    [20, 20, true],
    [20, 21, false],
    [500, 10_000, false],
  ])('with %i refused and %i accepted: engaged is %p', (refused, accepted, engaged) => {
    accept(accepted);
    refuse(refused);
    expect(threshold.engaged).toBe(engaged);
  });

  it('does not count what is older than the window', () => {
    refuse(19);
    now += WINDOW_MS;
    accept(1);
    refuse(19);
    expect(threshold.engaged).toBe(false);
  });

  it('is engaged by refusals that take longer than the window when nothing is accepted', () => {
    const first = now;
    for (let n = 0; n < 20; n += 1) {
      expect(threshold.engaged).toBe(false);
      refuse(1);
      now += WINDOW_MS;
    }
    expect(threshold.engaged).toBe(true);
    accept(1);
    expect(threshold.decide(first)).toBe('discard');
  });

  it('is not engaged by the end of the traffic', () => {
    accept(1000);
    now += 1000;
    const refusedAt = now;
    refuse(30);
    now += WINDOW_MS - 1500; // the accepted ones are out of the window, the refused ones are not
    expect(threshold.engaged).toBe(false);
    now += 1500;
    expect(threshold.decide(refusedAt)).toBe('report');
  });

  it('discards every token of a mass of refusals, the first included, after healthy traffic', () => {
    const decisions = new Set<string>();
    const refusals: number[] = [];
    const traffic = (seconds: number, everySecond: () => void): void => {
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        everySecond();
        for (const at of refusals) decisions.add(threshold.decide(at));
      }
    };
    traffic(120, () => accept(50));
    traffic(300, () => {
      refusals.push(now);
      refuse(1);
    });
    traffic(120, () => undefined);
    expect(decisions).toEqual(new Set(['wait', 'discard']));
  });

  it('has tokens wait, however few, while FCM accepts nothing', () => {
    const refusedAt = now;
    refuse(1);
    now += 100 * WINDOW_MS;
    expect(threshold.decide(refusedAt)).toBe('wait');
    accept(1);
    expect(threshold.decide(refusedAt)).toBe('report');
  });

  describe('when it is engaged', () => {
    let refusedAt: number;

    beforeEach(() => {
      refusedAt = now;
      refuse(20);
    });

    it('stays engaged while FCM accepts nothing, however long', () => {
      now += 100 * WINDOW_MS;
      expect(threshold.engaged).toBe(true);
    });

    it('is released after one window without a mass of refusals in which FCM accepts something', () => {
      accept(1000);
      expect(threshold.engaged).toBe(true);
      now += WINDOW_MS - 1;
      expect(threshold.engaged).toBe(true);
      now += 1;
      expect(threshold.engaged).toBe(true); // what was accepted came no later than the last refusal
      accept(1);
      expect(threshold.engaged).toBe(false);
    });

    it('discards what was refused before its release, and reports what is refused later', () => {
      now += 2 * WINDOW_MS;
      accept(1);
      expect(threshold.engaged).toBe(false);
      expect(threshold.decide(refusedAt)).toBe('discard');
      const later = now;
      refuse(1);
      now += WINDOW_MS;
      expect(threshold.decide(later)).toBe('report');
    });

    it('engages again at the next mass of refusals', () => {
      now += 2 * WINDOW_MS;
      accept(1);
      expect(threshold.engaged).toBe(false);
      refuse(20);
      expect(threshold.engaged).toBe(true);
    });
  });
});
