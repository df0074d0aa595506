import { loadConfig } from '@push/config';
import { Metrics } from '@push/observability';
import { DependencyDownError } from '@push/resilience';
import { FakeDeadTokenReporter, UserServiceError } from '@push/user-client';
import { TokenCleanupConfig } from './token-cleanup.config';
import { TokenCleanupMetrics } from './token-cleanup.metrics';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenSafetyThreshold } from './token-safety-threshold';
import { TokenCleanup } from './token-cleanup';
import { TokenReports } from './token-reports';

const CAPACITY = 50;

describe('TokenReports', () => {
  const config = loadConfig([TokenCleanupConfig], {}).get(TokenCleanupConfig) as TokenCleanupConfig;
  const { windowMs } = config;
  let now: number;
  let reporter: FakeDeadTokenReporter;
  let queue: DeadTokenQueue;
  let metrics: Metrics;
  let hygiene: TokenCleanup;
  let reports: TokenReports;

  beforeEach(() => {
    now = 1_000_000;
    const clock = () => now;
    reporter = new FakeDeadTokenReporter();
    queue = new DeadTokenQueue(CAPACITY, clock);
    metrics = new Metrics();
    const brake = new TokenSafetyThreshold(config, clock);
    const figures = new TokenCleanupMetrics(metrics, queue, brake);
    hygiene = new TokenCleanup(reporter, brake, queue, figures);
    reports = new TokenReports(config, reporter, brake, queue, figures);
  });

  const die = (...tokens: string[]): void => {
    for (const token of tokens) hygiene.refused('u', token, 'token');
  };
  const many = (count: number) => Array.from({ length: count }, (_, n) => `t-${n}`);
  const sweepAfter = async (ms: number): Promise<void> => {
    now += ms;
    await reports.sweep();
  };
  const page = () => metrics.registry.metrics();
  const unavailable = new UserServiceError('UNAVAILABLE', 'answered 503');

  it('reports a dead token once its hold is over, and once only', async () => {
    hygiene.accepted();
    die('dead', 'dead');
    await sweepAfter(windowMs - 1);
    expect(reporter.taken).toEqual([]);
    hygiene.accepted();
    await sweepAfter(1);
    await sweepAfter(windowMs);
    expect(reporter.taken).toEqual([{ userId: 'u', token: 'dead' }]);
    expect(await page()).toContain('push_token_reports_total{outcome="reported"} 1');
  });

  it('reports none of a mass, and counts what it discards', async () => {
    hygiene.accepted();
    die(...many(20));
    expect(await page()).toContain('push_token_brake_engaged 1');
    await sweepAfter(windowMs);
    expect(reporter.tries).toBe(0);
    expect(queue.size).toBe(0);
    expect(await page()).toContain('push_token_reports_total{outcome="discarded"} 20');
  });

  it('takes many pushes to one dead token for one dead token', async () => {
    die(...Array<string>(100).fill('dead'));
    expect(await page()).toContain('push_token_brake_engaged 0');
  });

  it('keeps no more than it has room for', async () => {
    for (let n = 0; n < 2 * CAPACITY; n += 1) hygiene.accepted();
    die(...many(CAPACITY + 3));
    expect(queue.size).toBe(CAPACITY);
    expect(await page()).toContain('push_token_reports_total{outcome="dropped"} 3');
    expect(await page()).toContain(`push_token_reports_waiting ${CAPACITY}`);
  });

  it('tries five times where it may work later, with growing waits, then drops it', async () => {
    reporter.failure = unavailable;
    die('dead');
    hygiene.accepted();
    await sweepAfter(windowMs);
    await sweepAfter(999);
    expect(reporter.tries).toBe(1);
    for (const waitMs of [1, 2000, 3000, 4000]) await sweepAfter(waitMs);
    expect(reporter.tries).toBe(5);
    expect(queue.size).toBe(0);
    expect(await page()).toContain('push_token_reports_total{outcome="dropped"} 1');
  });

  it('drops a report that the user service will never take', async () => {
    reporter.failure = new UserServiceError('REFUSED', 'answered 400', false);
    die('dead');
    hygiene.accepted();
    await sweepAfter(windowMs);
    expect([reporter.tries, queue.size]).toEqual([1, 0]);
    expect(await page()).toContain('push_token_reports_total{outcome="refused"} 1');
  });

  it('waits for an open breaker without counting tries, and does not ask it for each token', async () => {
    reporter.failure = new DependencyDownError('token-reports');
    for (let n = 0; n < 2 * CAPACITY; n += 1) hygiene.accepted();
    die(...many(CAPACITY));
    for (let n = 0; n < 10; n += 1) await sweepAfter(windowMs);
    expect(queue.size).toBe(CAPACITY);
    expect(reporter.tries).toBeLessThanOrEqual(10 * 4);
    reporter.failure = undefined;
    await sweepAfter(1);
    expect(reporter.taken).toHaveLength(CAPACITY);
  });

  it('keeps nothing where nobody wants reports', () => {
    reporter.enabled = false;
    die('dead');
    expect(queue.size).toBe(0);
  });

  it('waits at a shutdown for the report under way, but not for ever', async () => {
    jest.useFakeTimers();
    try {
      reporter.report = () => new Promise(() => undefined);
      die('dead');
      hygiene.accepted();
      now += windowMs;
      let closed = false;
      const closing = reports.beforeApplicationShutdown().then(() => (closed = true));
      await jest.advanceTimersByTimeAsync(1999);
      expect(closed).toBe(false);
      await jest.advanceTimersByTimeAsync(1);
      await closing;
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
