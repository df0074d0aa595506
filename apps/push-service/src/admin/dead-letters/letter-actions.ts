import { Injectable, Logger } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { decodeDeadLetter, type DecodedDeadLetter } from '@push/contracts';
import { QueueBrowser, type BrowseReport } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { ActionTally } from './action-tally';
import type { Report } from './dead-letters.dto';
import { LetterReplay } from './letter-replay';

/** What is done with letters, to which of them, by whom. */
export interface Order {
  what: 'replay' | 'discard';
  chooses: (letter: DecodedDeadLetter, message: ConsumeMessage) => boolean;
  actor: string;
  /** Letters at most. @default all that are chosen */
  limit?: number;
  /** Counts, and changes nothing. @default false */
  dryRun?: boolean;
}

/** Replays and discards dead letters: as many as there is time for, so that there is no state of a job to keep. */
@Injectable()
export class LetterActions {
  private readonly logger = new Logger(LetterActions.name);

  constructor(
    private readonly walker: QueueBrowser,
    private readonly replays: LetterReplay,
    private readonly rabbitmq: RabbitmqConfig,
  ) {}

  /**
   * Each letter leaves the queue only after what was to be done with it is confirmed. Ends where the broker or Redis
   * fails, and leaves the rest.
   * @throws {QueueBrowseError}
   * @throws what the broker or Redis failed with, where nothing was done at all
   */
  async carryOut(order: Order): Promise<Report> {
    const { what, chooses, actor, limit = Infinity, dryRun = false } = order;
    const tally = new ActionTally();
    const walk = await this.walker.browse(this.rabbitmq.failedQueue, {
      visit: (message) => {
        if (tally.matched >= limit || tally.failure !== undefined) return 'stop';
        const letter = decodeDeadLetter(message);
        if (!chooses(letter, message)) return 'keep';
        tally.match(letter.errorCode);
        return dryRun ? 'keep' : 'take';
      },
      take: async (message) => {
        if (tally.failure !== undefined) return false;
        try {
          const done = what === 'discard' ? 'granted' : await this.replays.replay(message, actor);
          tally.note(done);
          if (done === 'granted' && what === 'discard') this.logDiscarded(message, actor);
          return done === 'granted';
        } catch (error) {
          tally.refuse(error);
          return false;
        }
      },
    });
    if (tally.failure !== undefined && tally.done === 0) throw tally.failure;
    return this.report(order, tally, walk);
  }

  private report(
    { what, actor, dryRun = false }: Order,
    tally: ActionTally,
    walk: BrowseReport,
  ): Report {
    const complete = walk.complete && tally.failure === undefined;
    const report = { dry_run: dryRun, ...tally.figures, complete };
    const { by_error_code: _, ...figures } = report;
    this.logger.log({ actor, action: what, ...figures }, 'Dead letters were worked on');
    return report;
  }

  /** The last trace of it. */
  private logDiscarded(message: ConsumeMessage, actor: string): void {
    const { requestId, userId, errorCode } = decodeDeadLetter(message);
    this.logger.warn(
      { actor, request_id: requestId, user_id: userId, error_code: errorCode },
      'A dead letter was discarded',
    );
  }
}
