import { setTimeout as delay } from 'node:timers/promises';
import { CachedProbe } from './cached-probe';
import { Probe } from './health.ports';

/** A system whose health the test sets. */
class FakeProbe extends Probe {
  calls = 0;
  lastSuccessAt?: number;
  answer: () => Promise<void> = () => Promise.resolve();

  probe(): Promise<void> {
    this.calls += 1;
    return this.answer();
  }
}

describe('CachedProbe', () => {
  let now: number;
  let probe: FakeProbe;
  let cached: CachedProbe;

  beforeEach(() => {
    now = 1_000_000;
    probe = new FakeProbe();
    cached = new CachedProbe(probe, { timeoutMs: 20, clock: () => now });
  });

  it('probes once in 30 seconds while probes succeed', async () => {
    expect(await cached.report()).toEqual({ up: true, checked: 'probe', at: now });
    now += 29_999;
    await cached.report();
    expect(probe.calls).toBe(1);
    now += 1;
    await cached.report();
    expect(probe.calls).toBe(2);
  });

  it('does not probe while recent work succeeded', async () => {
    probe.lastSuccessAt = now - 29_000;
    expect(await cached.report()).toEqual({
      up: true,
      checked: 'recent work',
      at: probe.lastSuccessAt,
    });
    expect(probe.calls).toBe(0);
    now += 1000;
    await cached.report();
    expect(probe.calls).toBe(1);
  });

  it('probes again sooner after a failure, and reports what failed', async () => {
    probe.answer = () => Promise.reject(new Error('connect ECONNREFUSED http://me:pw@10.0.0.1/'));
    expect(await cached.report()).toMatchObject({
      up: false,
      message: 'connect ECONNREFUSED http://10.0.0.1/',
    });
    now += 5000;
    probe.answer = () => Promise.resolve();
    expect(await cached.report()).toMatchObject({ up: true });
  });

  it('does not run two probes at once', async () => {
    await Promise.all([cached.report(), cached.report(), cached.report()]);
    expect(probe.calls).toBe(1);
  });

  it('does not wait for a slow probe, and uses its result once it is there', async () => {
    let answer: () => void = () => undefined;
    probe.answer = () => new Promise((resolve) => (answer = resolve));
    expect(await cached.report()).toMatchObject({ up: false, message: 'no answer within 20 ms' });
    answer();
    await delay(0);
    expect(await cached.report()).toMatchObject({ up: true });
    expect(probe.calls).toBe(1);
  });

  it('treats a probe that throws synchronously as failed', async () => {
    probe.answer = () => {
      throw new Error('broken');
    };
    expect(await cached.report()).toMatchObject({ up: false, message: 'broken' });
  });
});
