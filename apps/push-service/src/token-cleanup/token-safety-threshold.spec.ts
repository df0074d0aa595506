import { TokenSafetyThreshold } from './token-safety-threshold';

const WINDOW_MS = 60_000;

describe('TokenSafetyThreshold', () => {
  let now: number;
  let brake: TokenSafetyThreshold;

  beforeEach(() => {
    now = 1_000_000;
    brake = new TokenSafetyThreshold({ windowMs: WINDOW_MS, percent: 50, min: 20 }, () => now);
  });

  const times = (count: number, what: () => void): void => {
    for (let n = 0; n < count; n += 1) what();
  };
  const accept = (count: number) => times(count, () => brake.accepted());
  const refuse = (count: number) => times(count, () => brake.refused());

  it('holds a refused token for a whole window, then lets it be reported', () => {
    const refusedAt = now;
    refuse(1);
    accept(1);
    now += WINDOW_MS - 1;
    expect(brake.verdict(refusedAt)).toBe('wait');
    now += 1;
    expect(brake.verdict(refusedAt)).toBe('report');
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
    expect(brake.engaged).toBe(engaged);
  });

  it('forgets what is older than the window', () => {
    refuse(19);
    now += WINDOW_MS;
    accept(1);
    refuse(19);
    expect(brake.engaged).toBe(false);
  });

  it('is engaged by a mass that takes long, where nothing at all is accepted', () => {
    const first = now;
    for (let n = 0; n < 20; n += 1) {
      expect(brake.engaged).toBe(false);
      refuse(1);
      now += WINDOW_MS;
    }
    expect(brake.engaged).toBe(true);
    accept(1);
    expect(brake.verdict(first)).toBe('discard');
  });

  it('does not take the end of the traffic for a mass', () => {
    accept(1000);
    now += 1000;
    const refusedAt = now;
    refuse(30);
    now += WINDOW_MS - 1500; // the accepted ones are out of the window, the refused ones are not
    expect(brake.engaged).toBe(false);
    now += 1500;
    expect(brake.verdict(refusedAt)).toBe('report');
  });

  it('lets none of a mass be reported, not even its first, after healthy traffic', () => {
    const verdicts = new Set<string>();
    const refusals: number[] = [];
    const traffic = (seconds: number, everySecond: () => void): void => {
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        everySecond();
        for (const at of refusals) verdicts.add(brake.verdict(at));
      }
    };
    traffic(120, () => accept(50));
    traffic(300, () => {
      refusals.push(now);
      refuse(1);
    });
    traffic(120, () => undefined);
    expect(verdicts).toEqual(new Set(['wait', 'discard']));
  });

  it('has tokens wait, however few, while FCM accepts nothing', () => {
    const refusedAt = now;
    refuse(1);
    now += 100 * WINDOW_MS;
    expect(brake.verdict(refusedAt)).toBe('wait');
    accept(1);
    expect(brake.verdict(refusedAt)).toBe('report');
  });

  describe('once engaged', () => {
    let refusedAt: number;

    beforeEach(() => {
      refusedAt = now;
      refuse(20);
    });

    it('stays so while FCM accepts nothing, however long', () => {
      now += 100 * WINDOW_MS;
      expect(brake.engaged).toBe(true);
    });

    it('is released by a whole calm window in which FCM accepts something', () => {
      accept(1000);
      expect(brake.engaged).toBe(true);
      now += WINDOW_MS - 1;
      expect(brake.engaged).toBe(true);
      now += 1;
      expect(brake.engaged).toBe(true); // what was accepted came in the mass itself
      accept(1);
      expect(brake.engaged).toBe(false);
    });

    it('discards what was refused before its release, and reports what is refused later', () => {
      now += 2 * WINDOW_MS;
      accept(1);
      expect(brake.engaged).toBe(false);
      expect(brake.verdict(refusedAt)).toBe('discard');
      const later = now;
      refuse(1);
      now += WINDOW_MS;
      expect(brake.verdict(later)).toBe('report');
    });

    it('engages again as soon as there is a mass again', () => {
      now += 2 * WINDOW_MS;
      accept(1);
      expect(brake.engaged).toBe(false);
      refuse(20);
      expect(brake.engaged).toBe(true);
    });
  });
});
