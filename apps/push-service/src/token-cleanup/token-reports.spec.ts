import { loadConfig } from '@push/config';
import { Metrics } from '@push/observability';
import { DependencyDownError } from '@push/resilience';
import { FakeDeadTokenReporter, UserServiceError } from '@push/user-client';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenCleanup } from './token-cleanup';
import { TokenCleanupConfig } from './token-cleanup.config';
import { TokenCleanupMetrics } from './token-cleanup.metrics';
import { TokenReports } from './token-reports';
import { TokenSafetyThreshold } from './token-safety-threshold';

const CAPACITY = 50;

describe('TokenReports', () => {
  const config = loadConfig([TokenCleanupConfig], {}).get(TokenCleanupConfig) as TokenCleanupConfig;
  const { windowMs } = config;
  let reporter: FakeDeadTokenReporter;
  let queue: DeadTokenQueue;
  let metrics: Metrics;
  let cleanup: TokenCleanup;
  let reports: TokenReports;

  beforeEach(() => {
    jest.useFakeTimers();
    reporter = new FakeDeadTokenReporter();
    queue = new DeadTokenQueue(CAPACITY);
    metrics = new Metrics();
    const threshold = new TokenSafetyThreshold(config);
    const cleanupMetrics = new TokenCleanupMetrics(metrics, queue, threshold);
    cleanup = new TokenCleanup(reporter, threshold, queue, cleanupMetrics);
    reports = new TokenReports(config, reporter, threshold, queue, cleanupMetrics);
  });
  afterEach(() => jest.useRealTimers());

  const die = (...tokens: string[]): void => {
    for (const token of tokens) cleanup.refused('u', token, 'token');
  };
  const many = (count: number) => Array.from({ length: count }, (_, n) => `t-${n}`);
  const accept = (count: number): void => {
    for (let n = 0; n < count; n += 1) cleanup.accepted();
  };
  /** Starts a sweep after the given time. */
  const sweepAfter = async (ms: number): Promise<void> => {
    await jest.advanceTimersByTimeAsync(ms);
    void reports.sweep();
    await jest.advanceTimersByTimeAsync(0);
  };
  const page = () => metrics.registry.metrics();
  const unavailable = new UserServiceError('UNAVAILABLE', 'answered 503');

  it('reports a dead token once, after one window', async () => {
    accept(1);
    die('dead', 'dead');
    await sweepAfter(windowMs - 1);
    expect(reporter.taken).toEqual([]);
    accept(1);
    await sweepAfter(1);
    await sweepAfter(windowMs);
    expect(reporter.taken).toEqual([{ userId: 'u', token: 'dead' }]);
    expect(await page()).toContain('push_token_reports_total{outcome="reported"} 1');
  });

  it('reports no token while the safety threshold is exceeded, and counts what it discards', async () => {
    accept(1);
    die(...many(20));
    expect(await page()).toContain('push_token_brake_engaged 1');
    await sweepAfter(windowMs);
    expect(reporter.tries).toBe(0);
    expect(queue.size).toBe(0);
    expect(await page()).toContain('push_token_reports_total{outcome="discarded"} 20');
  });

  it('counts a dead token once, however many pushes are sent to it', async () => {
    die(...Array<string>(100).fill('dead'));
    expect(await page()).toContain('push_token_brake_engaged 0');
  });

  it('drops tokens that find no room in the queue', async () => {
    accept(2 * CAPACITY);
    die(...many(CAPACITY + 3));
    expect(queue.size).toBe(CAPACITY);
    expect(await page()).toContain('push_token_reports_total{outcome="dropped"} 3');
    expect(await page()).toContain(`push_token_reports_waiting ${CAPACITY}`);
  });

  it('makes five attempts with growing waits while a retry may succeed, then drops the token', async () => {
    reporter.failure = unavailable;
    die('dead');
    accept(1);
    await sweepAfter(windowMs);
    await jest.advanceTimersByTimeAsync(999);
    expect(reporter.tries).toBe(1);
    for (const [index, waitMs] of [1, 2000, 3000, 4000].entries()) {
      await jest.advanceTimersByTimeAsync(waitMs);
      expect(reporter.tries).toBe(index + 2);
    }
    expect(queue.size).toBe(0);
    expect(await page()).toContain('push_token_reports_total{outcome="dropped"} 1');
  });

  it('stops the retries of a token when the safety threshold is exceeded meanwhile', async () => {
    reporter.failure = unavailable;
    die('dead');
    accept(1);
    await sweepAfter(windowMs);
    die(...many(20));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(reporter.tries).toBe(1);
    expect(queue.size).toBe(20);
    expect(await page()).toContain('push_token_reports_total{outcome="discarded"} 1');
  });

  it('does not retry a report that the user service refuses', async () => {
    reporter.failure = new UserServiceError('REFUSED', 'answered 400', false);
    die('dead');
    accept(1);
    await sweepAfter(windowMs);
    expect([reporter.tries, queue.size]).toEqual([1, 0]);
    expect(await page()).toContain('push_token_reports_total{outcome="refused"} 1');
  });

  it('keeps all tokens while the circuit breaker is open, and does not call it for each of them', async () => {
    reporter.failure = new DependencyDownError('token-reports');
    accept(2 * CAPACITY);
    die(...many(CAPACITY));
    for (let n = 0; n < 10; n += 1) await sweepAfter(windowMs);
    expect(queue.size).toBe(CAPACITY);
    expect(reporter.tries).toBeLessThanOrEqual(10 * 4);
    reporter.failure = undefined;
    await sweepAfter(1);
    expect(reporter.taken).toHaveLength(CAPACITY);
  });

  it('queues nothing when reports are disabled', () => {
    reporter.enabled = false;
    die('dead');
    expect(queue.size).toBe(0);
  });

  it('waits at a shutdown for the report in flight, two seconds at most', async () => {
    reporter.report = () => new Promise(() => undefined);
    die('dead');
    accept(1);
    await jest.advanceTimersByTimeAsync(windowMs);
    let closed = false;
    const closing = reports.beforeApplicationShutdown().then(() => (closed = true));
    await jest.advanceTimersByTimeAsync(1999);
    expect(closed).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await closing;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends the retries after a shutdown', async () => {
    reporter.failure = unavailable;
    die('dead');
    accept(1);
    await jest.advanceTimersByTimeAsync(windowMs);
    const closing = reports.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(10_000);
    await closing;
    expect(reporter.tries).toBeLessThanOrEqual(3);
    expect(queue.size).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
