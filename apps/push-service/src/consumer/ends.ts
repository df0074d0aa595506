import { Injectable, Logger } from '@nestjs/common';
import { ClaimUnusableError, type Claim } from '@push/idempotency';
import { inSpan } from '@push/observability';
import type { MessageBody, PushContext } from '@push/queue';
import type { RecordedOutcome } from '../delivery/outcome';
import { Recorder } from '../delivery/recorder';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { NotificationIds } from '../status/status-events';
import { StatusPublisher } from '../status/status.publisher';
import { short } from '../timeline/happened';
import { note } from '../timeline/journey';
import { DeadLetters } from './dead-letters';
import { redisIsAway } from './failure';

/** A message in hand. */
export interface Intaken {
  body: MessageBody;
  context: PushContext;
  /** Absent where the message is too broken to tell. */
  ids?: NotificationIds;
}

/** An end with a dead letter. */
type FailedEnding = Extract<RecordedOutcome, { kind: 'rejected' | 'exhausted' }>;

/** Brings the end of a request about, in the order that a process may be killed in at any line. */
@Injectable()
export class Ends {
  private readonly logger = new Logger(Ends.name);

  constructor(
    private readonly recorder: Recorder,
    private readonly deadLetters: DeadLetters,
    private readonly statuses: StatusPublisher,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /**
   * Makes an end last. A failed one is decided before its dead letter is kept, and done after it, so that a request with
   * a dead letter is never delivered.
   * @returns false where another worker holds the claim by now: the end is that worker's to report
   */
  keep(message: Intaken, claim: Claim | undefined, end: RecordedOutcome): Promise<boolean> {
    return end.kind === 'rejected' || end.kind === 'exhausted'
      ? this.keepFailed(message, claim, end)
      : this.finish(claim, end);
  }

  /** Tells the status, where there is anyone to tell it of. */
  async announce({ ids }: Intaken, end: RecordedOutcome): Promise<void> {
    if (!ids) return;
    const startedAt = performance.now();
    try {
      const { status } = await inSpan('announce', () => this.statuses.announce(ids, end));
      note({ event: 'announced', status });
    } finally {
      this.metrics.stage('announce', (performance.now() - startedAt) / 1000);
    }
  }

  private async keepFailed(
    message: Intaken,
    claim: Claim | undefined,
    end: FailedEnding,
  ): Promise<boolean> {
    if ((await this.recorder.record(() => claim?.decide(end))) === 'lost') return false;
    await this.bury(message, end);
    return this.finish(claim, end).catch(unlessRedisIsAway);
  }

  /** What has happened is told even where its claim can never be written: nobody could say it of this request later. */
  private async finish(claim: Claim | undefined, end: RecordedOutcome): Promise<boolean> {
    try {
      return (await this.recorder.record(() => claim?.finish(end))) === 'recorded';
    } catch (error) {
      if (!(error instanceof ClaimUnusableError)) throw error;
      this.logger.error(
        { request_id: claim?.requestId, err: error },
        'An end could not be recorded',
      );
      return true;
    }
  }

  private async bury({ body, context, ids }: Intaken, end: FailedEnding): Promise<void> {
    const { code, error, attempts, at } = end;
    await this.deadLetters.bury(body, context, {
      requestId: ids?.requestId ?? null,
      code,
      error,
      attempts,
      failedAt: at,
    });
    note({ event: 'dead_lettered', code: short(code) });
  }
}

/**
 * Its dead letter is kept: a process that has to end while Redis is away tells the status too, instead of having the
 * message come again and leave another letter.
 */
function unlessRedisIsAway(error: unknown): true {
  if (redisIsAway(error)) return true;
  throw error;
}
