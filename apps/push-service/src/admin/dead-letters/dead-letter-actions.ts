import { Injectable, Logger } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { decodeDeadLetter, type DecodedDeadLetter } from '@push/contracts';
import { QueueBrowser } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { isRetryable } from '../../delivery/delivery.errors';
import { CodeCounts } from './dead-letter-browser';
import { DeadLetterReplay, type ReplayResult } from './dead-letter-replay';
import type { Report } from './dead-letters.schema';

/** What is done with which dead letters, and by whom. */
export interface ActionOrder {
  action: 'replay' | 'discard';
  matches: (letter: DecodedDeadLetter, message: ConsumeMessage) => boolean;
  actor: string;
  /** Dead letters at most. @default all that match */
  limit?: number;
  /** Counts, and changes nothing. @default false */
  dryRun?: boolean;
}

/** Replays and discards dead letters: as many as there is time for in one request, so that no job has to be stored. */
@Injectable()
export class DeadLetterActions {
  private readonly logger = new Logger(DeadLetterActions.name);

  constructor(
    private readonly browser: QueueBrowser,
    private readonly replays: DeadLetterReplay,
    private readonly rabbitmq: RabbitmqConfig,
  ) {}

  /**
   * A dead letter leaves the queue only after its replay is confirmed. Where the broker or Redis fails, the rest stays.
   * @throws {QueueBrowseError}
   * @throws the failure of the broker or Redis, where nothing was done at all
   */
  async run(order: ActionOrder): Promise<Report> {
    const { action, matches, actor, limit = Infinity, dryRun = false } = order;
    const tally = new ActionTally();
    const { complete } = await this.browser.browse(this.rabbitmq.failedQueue, {
      visit: (message) => {
        if (tally.codes.total >= limit || tally.failure !== undefined) return 'stop';
        const letter = decodeDeadLetter(message);
        if (!matches(letter, message)) return 'keep';
        tally.codes.add(letter.errorCode);
        return dryRun ? 'keep' : 'take';
      },
      take: async (message) => {
        if (tally.failure !== undefined) return false;
        try {
          if (action === 'replay') return tally.count(await this.replays.replay(message, actor));
          this.logDiscarded(message, actor);
          return tally.count('done');
        } catch (error) {
          return tally.countError(error);
        }
      },
    });
    if (tally.failure !== undefined && tally.done === 0) throw tally.failure;
    const report: Report = {
      dry_run: dryRun,
      matched: tally.codes.total,
      by_error_code: tally.codes.all,
      done: tally.done,
      in_progress: tally.inProgress,
      refused: tally.reasons.total,
      reasons: tally.reasons.all,
      complete: complete && tally.failure === undefined,
    };
    const { by_error_code: _, ...figures } = report;
    this.logger.log({ actor, action, ...figures }, 'Dead letters processed');
    return report;
  }

  /** Nothing else keeps a record of it. */
  private logDiscarded(message: ConsumeMessage, actor: string): void {
    const { requestId, userId, errorCode } = decodeDeadLetter(message);
    this.logger.warn(
      { actor, request_id: requestId, user_id: userId, error_code: errorCode },
      'A dead letter was discarded',
    );
  }
}

/** Counts the results of one action. */
class ActionTally {
  /** By error code, of those that matched. */
  readonly codes = new CodeCounts();
  /** Why dead letters could not be replayed. */
  readonly reasons = new CodeCounts();
  done = 0;
  inProgress = 0;
  /** A failure of the broker or Redis: the next dead letter would fail as well. */
  failure?: Error;

  /** @returns whether the dead letter leaves the queue */
  count(result: ReplayResult): boolean {
    switch (result) {
      case 'done':
        this.done += 1;
        return true;
      case 'in_progress':
        this.inProgress += 1;
        return false;
      case 'outcome_unknown':
        this.reasons.add('end_unknown'); // the name that clients know
        return false;
      default:
        return result satisfies never;
    }
  }

  countError(error: unknown): false {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    this.reasons.add(typeof code === 'string' ? code.toLowerCase() : 'unexpected_error');
    if (isRetryable(error)) this.failure ??= error as Error;
    return false;
  }
}
