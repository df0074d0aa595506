import { Injectable, Logger } from '@nestjs/common';
import type { Claim } from '@push/idempotency';
import { type MessageBody, type PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';
import type { DeliveryResult } from '../delivery/delivery.service';
import type { Duplicate, Exhausted, FinalOutcome, Rejected } from '../delivery/outcome';
import { Recorder } from '../delivery/recorder';
import type { NotificationIds } from '../status/status-events';
import { StatusPublisher } from '../status/status.publisher';
import { DeadLetters } from './dead-letters';

/** A message in hand. */
export interface Intaken {
  body: MessageBody;
  context: PushContext;
  /** Absent where the message is too broken to tell. */
  ids?: NotificationIds;
}

/** Brings an outcome to its end: what must outlive the message is confirmed first, then the message is settled. */
@Injectable()
export class Settlement {
  private readonly logger = new Logger(Settlement.name);

  constructor(
    private readonly recorder: Recorder,
    private readonly deadLetters: DeadLetters,
    private readonly statuses: StatusPublisher,
    private readonly publisher: GuardedPublisher,
  ) {}

  /** Never rejects: a message that cannot be settled goes back to the queue. */
  async settle(message: Intaken, result: DeliveryResult): Promise<void> {
    try {
      const end = await this.conclude(message, result);
      message.context[end]();
    } catch (error) {
      this.logger.warn(
        { ...logIds(message), err: error },
        'Message could not be settled; it goes back',
      );
      await this.release(result.claim);
      // What passes costs the message nothing; what does not is left to the queue's delivery limit.
      message.context[willPass(error) ? 'requeue' : 'fail']();
    }
  }

  /** Puts a message that has come back too early into the broker again. */
  async parkAgain(message: Intaken, delayMs: number): Promise<void> {
    await this.settle(message, { outcome: { kind: 'deferred', reason: 'rate_limited', delayMs } });
  }

  /** @returns how the message itself is to be settled, now that all else is confirmed */
  private async conclude(
    message: Intaken,
    { outcome, claim }: DeliveryResult,
  ): Promise<'ack' | 'requeue'> {
    switch (outcome.kind) {
      case 'delivered':
      case 'skipped':
      case 'expired':
        if (await this.finish(claim, outcome)) await this.announce(message, outcome);
        return 'ack';
      case 'rejected':
      case 'exhausted':
        await this.bury(message, outcome);
        if (await this.finish(claim, outcome)) await this.announce(message, outcome);
        return 'ack';
      case 'duplicate':
        await this.announceAgain(message, outcome);
        return 'ack';
      case 'deferred':
        await this.release(claim);
        await this.publisher.park(message.context.message, outcome.delayMs);
        return 'ack';
      case 'interrupted':
        await this.release(claim);
        return 'requeue';
      default:
        return outcome satisfies never;
    }
  }

  /** @returns false when another worker holds the claim now and will report the end itself */
  private async finish(claim: Claim | undefined, outcome: FinalOutcome): Promise<boolean> {
    if (!claim) return true;
    return (await this.recorder.record(() => claim.finish(outcome))) === 'recorded';
  }

  private async bury(
    { body, context, ids }: Intaken,
    outcome: Rejected | Exhausted,
  ): Promise<void> {
    const { code, error, attempts } = outcome;
    await this.deadLetters.bury(body, context, {
      requestId: ids?.requestId ?? null,
      code,
      error,
      attempts,
    });
  }

  private async announce({ ids }: Intaken, outcome: FinalOutcome): Promise<void> {
    if (ids) await this.statuses.announce(ids, outcome);
  }

  /** A message seen before may have lost its process between the record and the status; the gateway takes both. */
  private async announceAgain(message: Intaken, { first }: Duplicate): Promise<void> {
    if (first && message.context.seenBefore) await this.announce(message, first);
  }

  /** A claim that cannot be given back runs out by itself. */
  private async release(claim: Claim | undefined): Promise<void> {
    try {
      await claim?.release();
    } catch (error) {
      this.logger.debug({ err: error }, 'A claim could not be released; its lease will run out');
    }
  }
}

function willPass(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

function logIds({ ids }: Intaken): Record<string, unknown> {
  return { correlation_id: ids?.correlationId, user_id: ids?.userId, request_id: ids?.requestId };
}
