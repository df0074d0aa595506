import { Logger } from '@nestjs/common';
import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
import { Dependency, openState, type CallResult } from './dependency';
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

  const answer = (result: CallResult) => dependency.execute(() => Promise.resolve(result));
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

  it('counts from zero again after any success', async () => {
    await fail(4);
    await answer('success');
    await fail(4);
    expect(dependency.state).toBe('closed');
  });

  it('counts errors as failures and rethrows them', async () => {
    const broken = () => dependency.execute(() => Promise.reject(new Error('reset')));
    for (let n = 0; n < 5; n += 1) await expect(broken()).rejects.toThrow('reset');
    expect(dependency.state).toBe('open');
  });

  it('opens at once on a result that no further call can change', async () => {
    await answer('open');
    expect(dependency.state).toBe('open');
  });

  it('is closed by a probe every 30 s, never by a call', async () => {
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
    'probes on time although the wall clock is set by %i ms meanwhile',
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

  it('neither counts nor resets for an error classified as a success', async () => {
    dependency = new Dependency({
      name: 'fcm',
      failures: 2,
      openMs: OPEN_MS,
      probe: () => Promise.resolve(),
      classifyError: (error) => (error as Error).message as CallResult,
    });
    const reject = (result: CallResult) =>
      expect(dependency.execute(() => Promise.reject(new Error(result)))).rejects.toThrow(result);
    await reject('failure');
    await reject('success');
    expect([dependency.failures, dependency.state]).toEqual([1, 'closed']);
    await reject('failure');
    expect(dependency.state).toBe('open');
  });

  it('counts an error thrown synchronously like a rejection', async () => {
    const broken = (): Promise<void> => {
      throw new Error('broken');
    };
    for (let n = 0; n < 5; n += 1) await expect(dependency.execute(broken)).rejects.toThrow();
    expect(dependency.state).toBe('open');
  });

  it('is open before the caller of the call that opened it continues', async () => {
    await expect(answer('open').then(() => dependency.state)).resolves.toBe('open');
  });

  it('counts calls in the order in which they end', async () => {
    await Promise.all((['failure', 'failure', 'success', 'failure'] as const).map(answer));
    expect([dependency.state, dependency.failures]).toEqual(['closed', 1]);
    await Promise.all((['success', 'open', 'success'] as const).map(answer));
    expect(dependency.state).toBe('open');
  });

  it('is opened again by a call from before that fails during a trial', async () => {
    let end: (result: CallResult) => void = () => undefined;
    const late = dependency.execute(() => new Promise<CallResult>((resolve) => (end = resolve)));
    await dependency.trip('observed elsewhere');
    dependency.onChange(({ state }) => {
      if (state === 'half_open') end('open');
    });
    healthy = true;
    await jest.advanceTimersByTimeAsync(OPEN_MS);
    await late;
    expect([dependency.state, dependency.openings]).toEqual(['open', 1]);
    await jest.advanceTimersByTimeAsync(OPEN_MS);
    expect(dependency.state).toBe('closed');
  });

  it('starts a new open breaker in the state that cockatiel itself writes', async () => {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 0,
      breaker: new ConsecutiveBreaker(1),
    });
    await policy.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    const { ownState } = policy.toJSON() as ReturnType<typeof openState>;
    expect(ownState).toEqual({ ...openState().ownState, openedAt: Date.now() });
  });

  it('opens when tripped, and ignores it while open', async () => {
    await dependency.trip('observed elsewhere');
    expect(dependency.state).toBe('open');
    await dependency.trip('observed elsewhere');
    healthy = true;
    await jest.advanceTimersByTimeAsync(OPEN_MS + 1000);
    expect(dependency.state).toBe('closed');
  });

  it('is probed by check: open where the probe fails, closed where it succeeds', async () => {
    healthy = true;
    await dependency.check();
    expect([dependency.state, probes]).toEqual(['closed', 1]);
    healthy = false;
    await dependency.check();
    expect([dependency.state, probes]).toEqual(['open', 2]);
    await dependency.check();
    expect(probes).toBe(2);
  });

  it('is probed sooner after a failed check, then less and less often, then as usual', async () => {
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

  it('stops probing when stopped', async () => {
    await fail(5);
    dependency.stop();
    await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
    expect(probes).toBe(0);
  });

  describe('controlled by an operator', () => {
    const HOLD = { by: 'alice', since: 0 };

    it('is held open: no call is made and nothing is probed', async () => {
      healthy = true;
      dependency.holdOpen(HOLD);
      const call = jest.fn();
      await expect(dependency.execute(call)).rejects.toThrow('held open by alice');
      await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
      expect([dependency.state, dependency.hold, probes]).toEqual(['open', HOLD, 0]);
      expect(call).not.toHaveBeenCalled();
      expect([dependency.openings, dependency.nextProbeAt]).toEqual([1, undefined]);
    });

    it('stays held whatever calls in flight return', async () => {
      const answers: ((result: CallResult) => void)[] = [];
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

    it('counts no second opening when an open one is held', async () => {
      await fail(5);
      healthy = true;
      dependency.holdOpen(HOLD);
      await jest.advanceTimersByTimeAsync(OPEN_MS * 3);
      expect([dependency.state, dependency.openings, probes]).toEqual(['open', 1, 0]);
    });

    it('stays held although a probe in flight succeeds', async () => {
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

    it('is probed at once on a reset, and closes where the probe succeeds', async () => {
      healthy = true;
      dependency.holdOpen(HOLD);
      const states: string[] = [];
      dependency.onChange(({ state }) => states.push(state));
      dependency.reset('bob');
      expect([dependency.available, dependency.hold]).toEqual([false, undefined]);
      await jest.advanceTimersByTimeAsync(1);
      expect([states, probes]).toEqual([['half_open', 'closed'], 1]);
    });

    it('stays open after a reset where the probe fails, and goes on probing', async () => {
      dependency.holdOpen(HOLD);
      dependency.reset('bob');
      await jest.advanceTimersByTimeAsync(1);
      expect([dependency.state, probes]).toEqual(['open', 1]);
      expect(dependency.nextProbeAt).toBe(Date.now() + OPEN_MS - 1);
      healthy = true;
      await jest.advanceTimersByTimeAsync(OPEN_MS);
      expect([dependency.state, dependency.openings]).toEqual(['closed', 1]);
    });

    it('counts from zero after a reset while closed, without a probe', async () => {
      await fail(4);
      dependency.reset('bob');
      expect([dependency.failures, probes]).toEqual([0, 0]);
      await fail(4);
      expect(dependency.state).toBe('closed');
    });

    it('ignores the results of calls made before the operator closed it', async () => {
      let answerLate: (result: CallResult) => void = () => undefined;
      const late = dependency.execute(
        () => new Promise<CallResult>((resolve) => (answerLate = resolve)),
      );
      dependency.holdOpen(HOLD);
      dependency.close('bob');
      answerLate('open');
      await late;
      expect([dependency.state, dependency.failures]).toEqual(['closed', 0]);
    });

    it('logs who it was', () => {
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

  describe('with a faulty probe', () => {
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

    it('stays open where the probe throws synchronously, however errors of calls are classified', async () => {
      probe = broken;
      await open();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('open');
      probe = () => Promise.resolve();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('closed');
    });

    it('is not opened by a check whose error calls would count as a success', async () => {
      probe = broken;
      await dependency.check();
      expect(dependency.state).toBe('closed');
      probe = () => Promise.reject(new Error('down'));
      await dependency.check();
      expect(dependency.state).toBe('open');
    });

    it('abandons a probe that never ends, and probes again', async () => {
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

    it('leaves no timer behind after a probe', async () => {
      await open();
      await jest.advanceTimersByTimeAsync(OPEN_MS + 100);
      expect(dependency.state).toBe('closed');
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
