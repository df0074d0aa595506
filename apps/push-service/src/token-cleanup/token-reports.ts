import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { maskToken } from '@push/contracts';
import { DependencyDownError } from '@push/resilience';
import { DeadTokenReporter } from '@push/user-client';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { DeadTokenQueue, type DeadToken } from './dead-token-queue';
import { TokenCleanupConfig } from './token-cleanup.config';
import { TokenCleanupMetrics, type ReportOutcome } from './token-cleanup.metrics';
import { TokenSafetyThreshold } from './token-safety-threshold';

/** Tokens reported at a time: few, since user look-ups share the connections and come first. */
const CONCURRENCY = 4;
/** Attempts for one token; a call that an open breaker refuses ends them, and the token waits for the next sweep. */
const MAX_ATTEMPTS = 5;
/** Wait after the first attempt; twice as long after the second, and so on. */
const RETRY_STEP_MS = 1000;
/** Longest wait for reports in flight at a shutdown. */
const SHUTDOWN_MS = 2000;
const SWEEPS_PER_WINDOW = 60;

/** Reports dead tokens from the queue to the user service, unless the safety threshold forbids it. */
@Injectable()
export class TokenReports implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TokenReports.name);
  private readonly retries = retry(handleWhen(isTransient), {
    maxAttempts: MAX_ATTEMPTS - 1,
    backoff: new DelegateBackoff(({ attempt }) => attempt * RETRY_STEP_MS),
  }).dangerouslyUnref();
  private readonly stopping = new AbortController();
  private timer?: NodeJS.Timeout;
  private sweeping?: Promise<void>;

  constructor(
    private readonly config: TokenCleanupConfig,
    private readonly reporter: DeadTokenReporter,
    private readonly threshold: TokenSafetyThreshold,
    private readonly queue: DeadTokenQueue,
    private readonly metrics: TokenCleanupMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.reporter.enabled) {
      this.logger.log('USER_SERVICE_DEAD_TOKEN_PATH is empty: dead tokens are not reported');
      return;
    }
    const intervalMs = this.config.windowMs / SWEEPS_PER_WINDOW;
    this.timer = setInterval(() => void this.sweep(), intervalMs).unref();
  }

  /** What is not confirmed by then is dropped: FCM will refuse the token again. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    let deadline: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([this.sweep(), timeout]);
    clearTimeout(deadline);
    this.stopping.abort();
  }

  /** Reports or discards what has waited for long enough. Never rejects; a call during a sweep waits for that one. */
  sweep(): Promise<void> {
    return (this.sweeping ??= this.reportWaiting().finally(() => (this.sweeping = undefined)));
  }

  private async reportWaiting(): Promise<void> {
    const tokens = this.queue.waiting.values();
    const worker = async (): Promise<void> => {
      for (const dead of tokens) {
        if (this.stopping.signal.aborted) return;
        if (this.threshold.decide(dead.refusedAt) === 'wait') continue;
        if (!(await this.report(dead))) return;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  /** @returns false where the next token would fail in the same way */
  private async report(dead: DeadToken): Promise<boolean> {
    const fields = { user_id: dead.userId, device: maskToken(dead.token) };
    try {
      const outcome = await this.retries.execute(() => this.attempt(dead), this.stopping.signal);
      this.remove(dead, outcome);
      if (outcome === 'reported') {
        this.logger.log(fields, 'Dead device token reported to the user service');
      }
    } catch (error) {
      if (error instanceof DependencyDownError || this.stopping.signal.aborted) return false;
      this.remove(dead, isTransient(error) ? 'dropped' : 'refused');
      this.logger.warn({ ...fields, err: error }, 'A dead device token could not be reported');
    }
    return true;
  }

  /** The threshold is checked before each attempt: it may have been exceeded during the retries. */
  private async attempt(dead: DeadToken): Promise<'reported' | 'discarded'> {
    if (this.threshold.decide(dead.refusedAt) === 'discard') return 'discarded';
    await this.reporter.report(dead.userId, dead.token);
    return 'reported';
  }

  private remove(dead: DeadToken, outcome: ReportOutcome): void {
    this.queue.remove(dead);
    this.metrics.ended(outcome);
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof DependencyDownError) return false;
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
