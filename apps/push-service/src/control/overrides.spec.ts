import { Logger } from '@nestjs/common';
import type { IntakeConfig } from '../consumer/intake.config';
import type { LogLevel } from '@push/observability';
import type { PushQueueServer } from '@push/queue';
import { RedisCommandError, RedisUnavailableError } from '@push/redis';
import { Dependencies, type Dependency } from '@push/resilience';
import { OperatorPause } from '../consumer/operator-pause';
import type {
  BreakerOverride,
  LogLevelOverride,
  Override,
  OverrideStore,
  StoredOverrides,
} from './override-store';
import { OverrideApplier, Overrides } from './overrides';

/** Redis as far as overrides go. */
class FakeStore {
  stored: Record<string, string> = {};
  failure?: Error;

  async read(): Promise<StoredOverrides> {
    await this.respond();
    return { ...this.stored };
  }

  async write(field: string, text: string): Promise<void> {
    await this.respond();
    this.stored[field] = text;
  }

  async restore(field: string, text: string): Promise<void> {
    await this.respond();
    this.stored[field] ??= text;
  }

  private async respond(): Promise<void> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
  }
}

/** Records what it is to apply. */
class FakeApplier {
  applied: string[] = [];
  known = 0;

  canApply(override: Override): boolean {
    return override.kind !== 'breaker' || override.dependency === 'fcm';
  }
  apply(override: Override, { atStart }: { atStart: boolean }): void {
    this.applied.push(`${override.kind} at ${override.value.at}${atStart ? ', at the start' : ''}`);
  }
  markKnown(): void {
    this.known += 1;
  }
  expireLogLevel(): void {
    // nothing expires here
  }
}

const unavailable = (reply: string): RedisUnavailableError =>
  new RedisUnavailableError(reply, false, { cause: new Error(reply) });

beforeEach(() => {
  for (const method of ['log', 'warn', 'error'] as const) {
    jest.spyOn(Logger.prototype, method).mockImplementation();
  }
});
afterEach(() => void jest.restoreAllMocks());

describe('Overrides', () => {
  let store: FakeStore;
  let applier: FakeApplier;
  let overrides: Overrides;

  const instance = (): [Overrides, FakeApplier] => {
    const own = new FakeApplier();
    const made = new Overrides(
      store as unknown as OverrideStore,
      own as unknown as OverrideApplier,
    );
    return [made, own];
  };
  const pause = (at: number): Override => ({
    kind: 'pause',
    value: { paused: true, by: 'alice', at },
  });

  beforeEach(() => {
    store = new FakeStore();
    [overrides, applier] = instance();
  });

  it('applies an override at once in the instance that was asked, and once in every other one', async () => {
    const [others, otherApplier] = instance();
    await others.refresh();
    await overrides.set(pause(1));
    expect(applier.applied).toEqual(['pause at 1']);
    await others.refresh();
    await others.refresh();
    await overrides.refresh();
    expect([applier.applied, otherApplier.applied]).toEqual([['pause at 1'], ['pause at 1']]);
    expect(others.revision).toBe(overrides.revision);
    expect(others.get('pause')?.value).toEqual({ paused: true, by: 'alice', at: 1 });
  });

  it('lets intake of a new instance start only when the overrides are known', async () => {
    await overrides.set(pause(1));
    const [late, lateApplier] = instance();
    expect(lateApplier.known).toBe(0);
    await late.refresh();
    expect([lateApplier.applied, lateApplier.known]).toEqual([['pause at 1, at the start'], 1]);
  });

  it('keeps overrides in force while Redis is unreachable, and changes nothing that it cannot store', async () => {
    await overrides.set(pause(1));
    store.failure = new RedisUnavailableError('gone', false);
    await overrides.refresh();
    await expect(overrides.set(pause(2))).rejects.toBe(store.failure);
    expect(applier.applied).toEqual(['pause at 1']);
    store.failure = undefined;
    await overrides.refresh();
    expect(applier.applied).toEqual(['pause at 1']);
  });

  it('keeps intake closed until Redis has answered once', async () => {
    store.stored = { pause: JSON.stringify({ paused: true, by: 'alice', at: 1 }) };
    store.failure = new RedisUnavailableError('not there yet', false);
    await overrides.refresh();
    expect([applier.applied, applier.known]).toEqual([[], 0]);
    store.failure = undefined;
    await overrides.refresh();
    expect([applier.applied, applier.known]).toEqual([['pause at 1, at the start'], 1]);
  });

  it.each([
    ['holds something else', new RedisCommandError('WRONGTYPE')],
    ['denies the permission to read them', unavailable('NOPERM this user has no permissions')],
  ])('opens intake where Redis works and %s, and logs it once', async (_, failure) => {
    store.failure = failure;
    await overrides.refresh();
    await overrides.refresh();
    expect(applier.known).toBeGreaterThan(0);
    expect(Logger.prototype.error).toHaveBeenCalledTimes(1);
  });

  it('writes overrides again that Redis has lost', async () => {
    await overrides.set(pause(1));
    store.stored = {};
    await overrides.refresh();
    expect(Object.keys(store.stored)).toEqual(['pause']);
    expect(applier.applied).toEqual(['pause at 1']);
  });

  it('replaces an older override that a failover of Redis brought back with the newer one', async () => {
    const [others, otherApplier] = instance();
    await overrides.set(pause(1));
    const before = { ...store.stored };
    await overrides.set(pause(2));
    store.stored = before;
    await overrides.refresh();
    expect(applier.applied).toEqual(['pause at 1', 'pause at 2']);
    await others.refresh();
    expect(otherApplier.applied).toEqual(['pause at 2, at the start']);
  });

  it('applies overrides in the order they were set, whichever clock is behind', async () => {
    const [others, otherApplier] = instance();
    await overrides.set(pause(60_000));
    await others.set(pause(1));
    await overrides.refresh();
    expect(applier.applied).toEqual(['pause at 60000', 'pause at 60001']);
    expect(otherApplier.applied.at(-1)).toBe('pause at 60001');
  });

  it('does not apply an older override that was read while a newer one was set', async () => {
    await overrides.set(pause(1));
    const refreshing = overrides.refresh();
    await Promise.all([refreshing, overrides.set(pause(2)), overrides.refresh()]);
    expect(applier.applied).toEqual(['pause at 1', 'pause at 2']);
  });

  it('does not overwrite an override that only a later version understands', async () => {
    await overrides.set(pause(1));
    const later = '{"by":"alice","at":2,"paused":{"queue":"push"}}';
    store.stored = { pause: later };
    await overrides.refresh();
    expect([store.stored, applier.applied]).toEqual([{ pause: later }, ['pause at 1']]);
  });

  it.each([
    ['pause', '{'],
    ['pause', 'null'],
    ['pause', '{"paused":"yes","by":"alice","at":1}'],
    ['concurrency', '{"value":0,"by":"alice","at":1}'],
    ['breaker', '{"wish":"open","by":"alice","at":1}'],
    ['breaker:nobody', '{"wish":"open","by":"alice","at":1}'],
    ['of a later version', '{"by":"alice","at":1}'],
    ['__proto__', '{"by":"alice","at":1}'],
  ])('ignores what this version does not understand: %s %s', async (field, text) => {
    store.stored = { [field]: text };
    await overrides.refresh();
    expect([applier.applied, applier.known]).toEqual([[], 1]);
  });
});

describe('OverrideApplier', () => {
  const NOW = Date.parse('2026-11-24T12:00:00Z');
  let dependencies: Dependencies;
  let fcm: Dependency;
  let pause: OperatorPause;
  let level: string;
  let server: { maxConcurrency: number; setMaxConcurrency: (to: number) => Promise<void> };
  let applier: OverrideApplier;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    dependencies = new Dependencies({ failures: 1, openMs: 30_000 } as never);
    fcm = dependencies.create({ name: 'fcm', probe: () => Promise.resolve() });
    pause = new OperatorPause();
    level = 'info';
    server = {
      maxConcurrency: 100,
      setMaxConcurrency: (to) => {
        server.maxConcurrency = to;
        return Promise.resolve();
      },
    };
    const logLevel = { configured: 'info', set: (to: string) => (level = to) };
    applier = new OverrideApplier(
      dependencies,
      pause,
      server as unknown as PushQueueServer,
      { concurrency: 100 } as unknown as IntakeConfig,
      logLevel as unknown as LogLevel,
    );
  });
  afterEach(() => {
    dependencies.onApplicationShutdown();
    jest.useRealTimers();
  });

  const breaker = (wish: BreakerOverride['wish'], atStart = false) =>
    applier.apply(
      { kind: 'breaker', dependency: 'fcm', value: { wish, by: 'alice', at: 1 } },
      { atStart },
    );
  const logLevel = (value: Partial<LogLevelOverride>) =>
    applier.apply(
      { kind: 'log_level', value: { level: 'debug', by: 'alice', at: NOW, ...value } },
      { atStart: false },
    );

  it('holds a breaker open, at the start too', () => {
    breaker('open', true);
    expect(fcm.hold).toEqual({ by: 'alice', since: 1 });
  });

  it('closes and resets a breaker, unless the override is older than the process', async () => {
    await fcm.trip('down');
    breaker('close', true);
    breaker('reset', true);
    await jest.advanceTimersByTimeAsync(10);
    expect(fcm.state).toBe('open');
    breaker('close');
    expect(fcm.state).toBe('closed');
    await fcm.trip('down');
    breaker('reset');
    await jest.advanceTimersByTimeAsync(10);
    expect(fcm.state).toBe('closed');
  });

  it('pauses and resumes intake', () => {
    const value = { by: 'alice', at: 1 };
    applier.apply({ kind: 'pause', value: { ...value, paused: true } }, { atStart: true });
    expect(pause.current).toEqual({ by: 'alice', since: 1 });
    applier.apply({ kind: 'pause', value: { ...value, paused: false } }, { atStart: false });
    expect(pause.current).toBeUndefined();
  });

  it('changes the concurrency, and restores the configured one', () => {
    const seen = [7, null].map((value) => {
      const override = { kind: 'concurrency', value: { value, by: 'alice', at: 1 } } as const;
      applier.apply(override, { atStart: false });
      return server.maxConcurrency;
    });
    expect(seen).toEqual([7, 100]);
  });

  it('restores the log level when its override expires', () => {
    logLevel({ until: NOW + 60_000 });
    expect(level).toBe('debug');
    jest.setSystemTime(NOW + 59_999);
    applier.expireLogLevel();
    expect(level).toBe('debug');
    jest.setSystemTime(NOW + 60_000);
    applier.expireLogLevel();
    expect(level).toBe('info');
  });

  it('keeps a log level without a time limit until it is restored', () => {
    logLevel({});
    jest.setSystemTime(NOW + 999_999_999);
    applier.expireLogLevel();
    expect(level).toBe('debug');
    logLevel({ level: null });
    expect(level).toBe('info');
  });

  it('does not apply a log level that expired before the start', () => {
    logLevel({ until: NOW - 1 });
    expect(level).toBe('info');
  });
});
