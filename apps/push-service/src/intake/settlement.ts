import { Injectable, Logger } from '@nestjs/common';
import { HEADERS, type DeviceResult } from '@push/contracts';
import { ClaimStoreUnavailableError, type Claim } from '@push/idempotency';
import { type MessageBody, type PushContext } from '@push/queue';
import { DependencyDownError } from '@push/resilience';
import { GuardedPublisher } from '../broker/guarded.publisher';
import type { DeliveryResult } from '../delivery/delivery.service';
import { carryingHeaders } from '../delivery/carried-devices';
import { ending, type Duplicate, type Ending, type Progress } from '../delivery/outcome';
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

/** An end with a dead letter. */
type FailedEnding = Extract<Ending, { kind: 'rejected' | 'exhausted' }>;

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

  /**
   * Never rejects: a message that cannot be settled goes back to the queue.
   * @returns false where there is no reason why it should do better the next time
   */
  async settle(message: Intaken, result: DeliveryResult): Promise<boolean> {
    try {
      const end = await this.conclude(message, result);
      message.context[end]();
      return true;
    } catch (error) {
      this.logger.warn(
        { ...logIds(message), err: error },
        'Message could not be settled; it goes back',
      );
      await this.release(result.claim);
      // What passes costs the message nothing; what does not is counted, until it is given up.
      const passes = willPass(error);
      const end = redisIsAway(error) ? await this.goBack(message, result.done) : 'requeue';
      message.context[passes ? end : 'fail']();
      return passes;
    }
  }

  /** Puts a message that has come back too early into the broker again. */
  async parkAgain(message: Intaken, delayMs: number): Promise<void> {
    await this.settle(message, { outcome: { kind: 'deferred', reason: 'rate_limited', delayMs } });
  }

  /** @returns how the message itself is to be settled, now that all else is confirmed */
  private async conclude(
    message: Intaken,
    { outcome, claim, done }: DeliveryResult,
  ): Promise<'ack' | 'requeue'> {
    switch (outcome.kind) {
      case 'delivered':
      case 'skipped':
      case 'expired':
      case 'rejected':
      case 'exhausted':
        await this.end(message, claim, ending(outcome));
        return 'ack';
      case 'duplicate':
        await this.announceAgain(message, outcome);
        return 'ack';
      case 'deferred':
        await this.release(claim);
        await this.publisher.park(
          message.context.message,
          outcome.delayMs,
          progressHeaders(outcome.progress),
        );
        return 'ack';
      case 'interrupted':
        await this.release(claim);
        // Whatever else is down, the claim knows what is done with.
        return outcome.cause === 'redis' ? this.goBack(message, done) : 'requeue';
      default:
        return outcome satisfies never;
    }
  }

  /**
   * Makes an end last. A failed one is decided before its dead letter is kept, and done after it, so that a request with
   * a dead letter is never delivered. Where another worker holds the claim by now, the end is that worker's to report.
   */
  private async end(message: Intaken, claim: Claim | undefined, end: Ending): Promise<void> {
    const finish = (): Promise<boolean> => this.record(() => claim?.finish(end));
    if (end.kind === 'rejected' || end.kind === 'exhausted') {
      if (!(await this.record(() => claim?.decide(end)))) return;
      await this.bury(message, end);
      if (!(await finish().catch(unlessRedisIsAway))) return;
    } else if (!(await finish())) return;
    await this.announce(message, end);
  }

  /** @returns false when another worker holds the claim now */
  private async record(write: () => Promise<void> | undefined): Promise<boolean> {
    return (await this.recorder.record(async () => write())) === 'recorded';
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
  }

  private async announce({ ids }: Intaken, end: Ending): Promise<void> {
    if (ids) await this.statuses.announce(ids, end);
  }

  /** A message seen before may have lost its process between the record and the status; the gateway takes both. */
  private async announceAgain(message: Intaken, { first }: Duplicate): Promise<void> {
    if (first && message.context.seenBefore) await this.announce(message, first);
  }

  /**
   * Sends a message back. Where FCM has answered and no claim can be told, it is a fresh copy that takes the answers
   * along: `ack`, once the broker has that.
   */
  private async goBack(
    { context }: Intaken,
    devices: readonly DeviceResult[] = [],
  ): Promise<'ack' | 'requeue'> {
    if (devices.length === 0) return 'requeue';
    try {
      await this.publisher.renew(context.message, carryingHeaders(devices));
      return 'ack';
    } catch (error) {
      this.logger.warn({ err: error }, 'What FCM answered could be kept nowhere');
      return 'requeue';
    }
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

/** Whether Redis could not be told. */
function redisIsAway(error: unknown): boolean {
  if (error instanceof DependencyDownError) return error.dependency === 'redis';
  return error instanceof ClaimStoreUnavailableError;
}

/**
 * Its dead letter is kept: a process that has to end while Redis is away tells the status too, instead of having the
 * message come again and leave another letter.
 */
function unlessRedisIsAway(error: unknown): true {
  if (redisIsAway(error)) return true;
  throw error;
}

function willPass(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

/** Left out where nothing has been got on with: then those of the message stay. */
function progressHeaders(progress: Progress | undefined): Record<string, number> {
  return progress ? { [HEADERS.tries]: progress.tries, [HEADERS.waits]: progress.waits } : {};
}

function logIds({ ids }: Intaken): Record<string, unknown> {
  return { correlation_id: ids?.correlationId, user_id: ids?.userId, request_id: ids?.requestId };
}
