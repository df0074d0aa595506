import { Logger } from '@nestjs/common';
import type { LogLevel } from '@push/observability';
import { Dependencies, type Dependency } from '@push/resilience';
import { OperatorPause } from '../consumer/operator-pause';
import type { ConcurrencySwitch } from './concurrency-switch';
import { Steering } from './steering';
import type { BreakerWish, LogLevelWish } from './wish';

const NOW = Date.parse('2026-11-24T12:00:00Z');

describe('Steering', () => {
  let dependencies: Dependencies;
  let fcm: Dependency;
  let pause: OperatorPause;
  let level: string;
  let concurrency: unknown[];
  let steering: Steering;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    for (const method of ['log', 'warn', 'error'] as const) {
      jest.spyOn(Logger.prototype, method).mockImplementation();
    }
    dependencies = new Dependencies({ failures: 1, openMs: 30_000 } as never);
    fcm = dependencies.create({ name: 'fcm', probe: () => Promise.resolve() });
    pause = new OperatorPause();
    level = 'info';
    concurrency = [];
    const logLevel = { configured: 'info', set: (to: string) => (level = to) };
    steering = new Steering(
      dependencies,
      pause,
      { set: (to: unknown) => concurrency.push(to) } as unknown as ConcurrencySwitch,
      logLevel as unknown as LogLevel,
    );
  });
  afterEach(() => {
    dependencies.onApplicationShutdown();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const breaker = (wish: BreakerWish['wish'], atStart = false) =>
    steering.follow(
      { about: 'breaker', dependency: 'fcm', word: { wish, by: 'alice', at: 1 } },
      { atStart },
    );
  const logLevel = (word: Partial<LogLevelWish>) =>
    steering.follow(
      { about: 'log_level', word: { level: 'debug', by: 'alice', at: NOW, ...word } },
      { atStart: false },
    );

  it('holds a breaker open, at the start too', () => {
    breaker('open', true);
    expect(fcm.hold).toEqual({ by: 'alice', since: 1 });
  });

  it('closes and resets a breaker, but not on a word that is older than the process', async () => {
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

  it('pauses and goes on', () => {
    const word = { by: 'alice', at: 1 };
    steering.follow({ about: 'pause', word: { ...word, paused: true } }, { atStart: true });
    expect(pause.current).toEqual({ by: 'alice', since: 1 });
    steering.follow({ about: 'pause', word: { ...word, paused: false } }, { atStart: false });
    expect(pause.current).toBeUndefined();
  });

  it('changes the concurrency, and back to configuration', () => {
    for (const value of [7, null]) {
      const word = { value, by: 'alice', at: 1 };
      steering.follow({ about: 'concurrency', word }, { atStart: false });
    }
    expect(concurrency).toEqual([7, undefined]);
  });

  it('lets the log level go back when its time is up', () => {
    logLevel({ until: NOW + 60_000 });
    expect(level).toBe('debug');
    jest.setSystemTime(NOW + 59_999);
    steering.keepTime();
    expect(level).toBe('debug');
    jest.setSystemTime(NOW + 60_000);
    steering.keepTime();
    expect(level).toBe('info');
  });

  it('keeps a log level that has no end, until it is taken back', () => {
    logLevel({});
    jest.setSystemTime(NOW + 999_999_999);
    steering.keepTime();
    expect(level).toBe('debug');
    logLevel({ level: null });
    expect(level).toBe('info');
  });

  it('does not take up a log level whose time was up before the start', () => {
    logLevel({ until: NOW - 1 });
    expect(level).toBe('info');
  });
});
