import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { maskToken } from '@push/contracts';
import { DependencyDownError } from '@push/resilience';
import { DeadTokenReporter } from '@push/user-client';
import { TokenCleanupConfig } from './token-cleanup.config';
import { TokenCleanupMetrics, type ReportEnd } from './token-cleanup.metrics';
import { DeadTokenQueue, type DeadToken } from './dead-token-queue';
import { TokenSafetyThreshold } from './token-safety-threshold';

/** Reports under way at a time: few, since look-ups use the same connections and come first. */
const AT_ONCE = 4;
/** Tries of one report; what a breaker refuses is no try. */
const MAX_TRIES = 5;
/** Wait after the first try; as much longer after each further one. */
const RETRY_MS = 1000;
/** Longest wait for reports under way at a shutdown. */
const SHUTDOWN_MS = 2000;
/** Looks at the queue in one window. */
const LOOKS_PER_WINDOW = 60;

/** Carries dead tokens from the queue to the user service, as far as the brake lets them through. */
@Injectable()
export class TokenReports implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TokenReports.name);
  private timer?: NodeJS.Timeout;
  private sweeping?: Promise<void>;
  private stopping = false;

  constructor(
    private readonly config: TokenCleanupConfig,
    private readonly reporter: DeadTokenReporter,
    private readonly brake: TokenSafetyThreshold,
    private readonly queue: DeadTokenQueue,
    private readonly metrics: TokenCleanupMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.reporter.enabled) {
      this.logger.log('USER_SERVICE_DEAD_TOKEN_PATH is empty: dead tokens are not reported');
      return;
    }
    this.timer = setInterval(
      () => void this.sweep(),
      this.config.windowMs / LOOKS_PER_WINDOW,
    ).unref();
  }

  /** What is not confirmed yet is forgotten: FCM will say it again. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    let patience: NodeJS.Timeout | undefined;
    const inTime = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([this.sweep(), inTime]);
    clearTimeout(patience);
    this.stopping = true;
  }

  /** Deals with all that is due. Never rejects; one at a time, a second call waits for the first. */
  sweep(): Promise<void> {
    return (this.sweeping ??= this.settleDue().finally(() => (this.sweeping = undefined)));
  }

  private async settleDue(): Promise<void> {
    const due = this.queue.due().values();
    const worker = async (): Promise<void> => {
      for (const dead of due) {
        if (this.stopping || !(await this.settle(dead))) return;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** @returns whether it is of use to go on */
  private async settle(dead: DeadToken): Promise<boolean> {
    const verdict = this.brake.verdict(dead.refusedAt);
    switch (verdict) {
      case 'wait':
        return true;
      case 'discard':
        this.end(dead, 'discarded');
        return true;
      case 'report':
        return this.report(dead);
      default:
        return verdict satisfies never;
    }
  }

  private async report(dead: DeadToken): Promise<boolean> {
    const { userId, token } = dead;
    const fields = { user_id: userId, device: maskToken(token) };
    try {
      await this.reporter.report(userId, token);
      this.end(dead, 'reported');
      this.logger.log(fields, 'Dead device token reported to the user service');
    } catch (error) {
      if (error instanceof DependencyDownError) return false;
      if (!isPassing(error)) {
        this.end(dead, 'refused');
        this.logger.warn(
          { ...fields, err: error },
          'The report of a dead device token was refused',
        );
      } else if (dead.tries + 1 >= MAX_TRIES) {
        this.end(dead, 'dropped');
        this.logger.warn({ ...fields, err: error }, 'A dead device token could not be reported');
      } else {
        this.queue.postpone(dead, RETRY_MS * (dead.tries + 1));
      }
    }
    return true;
  }

  private end(dead: DeadToken, outcome: ReportEnd): void {
    this.queue.remove(dead);
    this.metrics.ended(outcome);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
