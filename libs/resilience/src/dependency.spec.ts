import { Logger } from '@nestjs/common';
import { Dependency, type CallResult } from './dependency';
import { DependencyDownError } from './resilience.errors';

const OPEN_MS = 30_000;

describe('Dependency', () => {
  let healthy: boolean;
  let probes: number;
  let dependency: Dependency;

  beforeEach(() => {
    jest.useFakeTimers();
    healthy = false;
    probes = 0;
    dependency = new Dependency({
      name: 'fcm',
      failures: 5,
      openMs: OPEN_MS,
      probe: () => {
        probes += 1;
        return healthy ? Promise.resolve() : Promise.reject(new Error('still down'));
      },
      classifyResult: (result) => result as CallResult,
      describeResult: (result) => `returned ${String(result)}`,
    });
  });

  afterEach(() => {
    dependency.stop();
    jest.useRealTimers();
  });

  const answer = (verdict: CallResult) => dependency.execute(() => Promise.resolve(verdict));
  const fail = async (times: number) => {
    for (let n = 0; n < times; n += 1) await answer('failure');
  };

  it('stays closed below five failures in a row', async () => {
    await fail(4);
    expect(dependency.state).toBe('closed');
  });

  it('opens at the fifth failure in a row and refuses calls without making them', async () => {
    await fail(5);
    expect(dependency.state).toBe('open');
    const call = jest.fn();
    await expect(dependency.execute(call)).rejects.toBeInstanceOf(DependencyDownError);
    expect(call).not.toHaveBeenCalled();
  });

  it('counts from zero after any success', async () => {
    await fail(4);
    await answer('success');
    await fail(4);
    expect(dependency.state).toBe('closed');
  });

  it('counts thrown errors as failures and rethrows them', async () => {
    const broken = () => dependency.execute(() => Promise.reject(new Error('reset')));
    for (let n = 0; n < 5; n += 1) await expect(broken()).rejects.toThrow('reset');
    expect(dependency.state).toBe('open');
  });

  it('opens at once on a result after which no call can succeed', async () => {
    await answer('open');
    expect(dependency.state).toBe('open');
  });

  it('lets no call be the trial: only the probe closes it, every 30 s', async () => {
    await fail(5);
    await jest.advanceTimersByTimeAsync(OPEN_MS - 1000);
    expect(probes).toBe(0);
    await jest.advanceTimersByTimeAsync(2000);
    expect(probes).toBe(1);
    expect(dependency.state).toBe('open');
    await expect(answer('success')).rejects.toBeInstanceOf(DependencyDownError);

    healthy = true;
    await jest.advanceTimersByTimeAsync(OPEN_MS + 1000);
    expect(probes).toBe(2);
    expect(dependency.state).toBe('closed');
    await expect(answer('success')).resolves.toBe('success');
  });

  it.each([-3_600_000, 3_600_000])(
    'probes when its time is up, though the wall clock is set by %i ms meanwhile',
    async (stepMs) => {
      await fail(5);
      jest.setSystemTime(Date.now() + stepMs);
      await jest.advanceTimersByTimeAsync(OPEN_MS - 1);
      expect(probes).toBe(0);
      await jest.advanceTimersByTimeAsync(1);
      expect(probes).toBe(1);
      jest.setSystemTime(Date.now() + stepMs);
      healthy = true;
      await jest.advanceTimersByTimeAsync(OPEN_MS);
      expect([dependency.state, probes]).toEqual(['closed', 2]);
    },
  );

  it('notifies its listeners of every change', async () => {
    const states: string[] = [];
    dependency.onChange(({ state }) => states.push(state));
    await fail(5);
    healthy = true;
    await jest.advanceTimersByTimeAsync(OPEN_MS + 1000);
    expect(states).toEqual(['open', 'half_open', 'closed']);
  });

  it('opens for what was seen elsewhere, and does nothing while it is open', async () => {
    await dependency.trip('seen elsewhere');
    expect(dependency.state).toBe('open');
    await dependency.trip('seen elsewhere');
    healthy = true;
    await jest.advanceTimersByTimeAsync(OPEN_MS + 1000);
    expect(dependency.state).toBe('closed');
  });

  it('is checked before any call: open where the probe fails, closed where it succeeds', async () => {
    healthy = true;
    await dependency.check();
    expect([dependency.state, probes]).toEqual(['closed', 1]);
    healthy = false;
    await dependency.check();
    expect([dependency.state, probes]).toEqual(['open', 2]);
    await dependency.check();
    expect(probes).toBe(2);
  });

  it('is probed soon after a failed first check, then less and less often, then as usual', async () => {
    await dependency.check();
    const probedAt: number[] = [];
    const begin = Date.now();
    while (Date.now() - begin < 100_000) {
      const before = probes;
      await jest.advanceTimersByTimeAsync(500);
      if (probes > before) probedAt.push(Math.floor((Date.now() - begin) / 1000));
    }
    expect(probedAt).toEqual([1, 3, 7, 15, 31, 61, 91]);
    healthy = true;
    await jest.advanceTimersByTimeAsync(OPEN_MS);
    expect(dependency.state).toBe('closed');

    await fail(5);
    const before = probes;
    await jest.advanceTimersByTimeAsync(OPEN_MS - 1000);
    expect(probes).toBe(before);
  });

  it('logs why it opened', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    await dependency.execute(() => Promise.reject(new Error('reset'))).catch(() => undefined);
    await fail(4);
    await jest.advanceTimersByTimeAsync(OPEN_MS * 2 + 1000);
    expect(log.mock.calls).toEqual([
      [
        expect.objectContaining({ dependency: 'fcm', reason: 'returned failure' }),
        expect.any(String),
      ],
    ]);
    log.mockRestore();
  });

  it('stops probing when told to', async () => {
    await fail(5);
    dependency.stop();
    await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
    expect(probes).toBe(0);
  });

  describe('held and released by an operator', () => {
    const HOLD = { by: 'alice', since: 0 };

    it('is held open: no call is made, and no probe runs', async () => {
      healthy = true;
      dependency.holdOpen(HOLD);
      const call = jest.fn();
      await expect(dependency.execute(call)).rejects.toThrow('held open by alice');
      await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
      expect([dependency.state, dependency.hold, probes]).toEqual(['open', HOLD, 0]);
      expect(call).not.toHaveBeenCalled();
      expect([dependency.openings, dependency.nextProbeAt]).toEqual([1, undefined]);
    });

    it('stays held whatever the results of calls in flight', async () => {
      const answers: ((verdict: CallResult) => void)[] = [];
      const calls = [1, 2].map(() =>
        dependency.execute(() => new Promise<CallResult>((resolve) => answers.push(resolve))),
      );
      dependency.holdOpen(HOLD);
      answers[0]?.('success');
      answers[1]?.('open');
      await Promise.all(calls);
      expect([dependency.state, dependency.openings]).toEqual(['open', 1]);
      await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
      expect([dependency.state, probes]).toEqual(['open', 0]);
    });

    it('is held open where it was open already, and that is no second opening', async () => {
      await fail(5);
      healthy = true;
      dependency.holdOpen(HOLD);
      await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
      expect([dependency.state, dependency.openings, probes]).toEqual(['open', 1, 0]);
    });

    it('stays held though a probe in flight succeeds', async () => {
      let end: () => void = () => undefined;
      dependency = new Dependency({
        name: 'fcm',
        failures: 1,
        openMs: OPEN_MS,
        probe: () => new Promise((resolve) => (end = resolve)),
      });
      await dependency.trip('down');
      await jest.advanceTimersByTimeAsync(OPEN_MS);
      expect(dependency.state).toBe('half_open');
      dependency.holdOpen(HOLD);
      end();
      await jest.advanceTimersByTimeAsync(OPEN_MS);
      expect([dependency.state, dependency.hold]).toEqual(['open', HOLD]);
    });

    it.each([
      ['held', async () => dependency.holdOpen(HOLD)],
      ['opened by failures', () => fail(5)],
    ])('closes at once where it is %s, and counts from zero', async (_, open) => {
      await open();
      dependency.close('bob');
      expect([dependency.state, dependency.hold, probes]).toEqual(['closed', undefined, 0]);
      await fail(4);
      expect(dependency.state).toBe('closed');
      await answer('failure');
      expect(dependency.state).toBe('open');
      healthy = true;
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect([dependency.state, probes]).toEqual(['closed', 1]);
    });

    it('is probed at once by a reset, and closes where the probe succeeds', async () => {
      healthy = true;
      dependency.holdOpen(HOLD);
      const states: string[] = [];
      dependency.onChange(({ state }) => states.push(state));
      dependency.reset('bob');
      expect([dependency.available, dependency.hold]).toEqual([false, undefined]);
      await jest.advanceTimersByTimeAsync(1);
      expect([states, probes]).toEqual([['half_open', 'closed'], 1]);
    });

    it('stays open after a reset where the probe fails, and is probed on', async () => {
      dependency.holdOpen(HOLD);
      dependency.reset('bob');
      await jest.advanceTimersByTimeAsync(1);
      expect([dependency.state, probes]).toEqual(['open', 1]);
      expect(dependency.nextProbeAt).toBe(Date.now() + OPEN_MS - 1);
      healthy = true;
      await jest.advanceTimersByTimeAsync(OPEN_MS);
      expect([dependency.state, dependency.openings]).toEqual(['closed', 1]);
    });

    it('counts from zero after a reset of a closed one, without a probe', async () => {
      await fail(4);
      dependency.reset('bob');
      expect([dependency.failures, probes]).toEqual([0, 0]);
      await fail(4);
      expect(dependency.state).toBe('closed');
    });

    it('does not count calls that were begun before it was closed', async () => {
      let answerLate: (verdict: CallResult) => void = () => undefined;
      const late = dependency.execute(
        () => new Promise<CallResult>((resolve) => (answerLate = resolve)),
      );
      dependency.holdOpen(HOLD);
      dependency.close('bob');
      answerLate('open');
      await late;
      expect([dependency.state, dependency.failures]).toEqual(['closed', 0]);
    });

    it('logs the operator', () => {
      const log = jest.spyOn(Logger.prototype, 'log').mockImplementation();
      const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
      dependency.holdOpen(HOLD);
      dependency.close('bob');
      expect(warn.mock.calls).toEqual([
        [{ dependency: 'fcm', actor: 'alice' }, 'Circuit breaker held open'],
      ]);
      expect(log.mock.calls).toEqual([
        [expect.objectContaining({ dependency: 'fcm', actor: 'bob' }), 'Circuit breaker closed'],
      ]);
      log.mockRestore();
      warn.mockRestore();
    });
  });

  describe('with a probe that misbehaves', () => {
    let probe: () => Promise<void>;
    const broken = (): Promise<void> => {
      throw new TypeError('no such client');
    };

    beforeEach(() => {
      probe = () => Promise.resolve();
      dependency = new Dependency({
        name: 'fcm',
        failures: 1,
        openMs: OPEN_MS,
        probe: () => probe(),
        probeTimeoutMs: 2000,
        classifyError: (error) => (error instanceof TypeError ? 'success' : 'failure'),
      });
    });

    const open = () => dependency.execute(() => Promise.reject(new Error('down'))).catch(() => {});

    it('stays open where the probe throws instead of rejecting, whatever calls may throw', async () => {
      probe = broken;
      await open();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('open');
      probe = () => Promise.resolve();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('closed');
    });

    it('is not opened by a first check that fails with what is no failure in a call', async () => {
      probe = broken;
      await dependency.check();
      expect(dependency.state).toBe('closed');
      probe = () => Promise.reject(new Error('down'));
      await dependency.check();
      expect(dependency.state).toBe('open');
    });

    it('gives up a probe that never ends, and probes again', async () => {
      probe = () => new Promise(() => undefined);
      await open();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 1900);
      expect(dependency.state).toBe('half_open');
      await jest.advanceTimersByTimeAsync(200);
      expect(dependency.state).toBe('open');
      probe = () => Promise.resolve();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('closed');
    });

    it('leaves no timer behind after a probe that ended in time', async () => {
      await open();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('closed');
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
