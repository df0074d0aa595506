import { Injectable, Logger } from '@nestjs/common';
import { HEADERS, type DeviceResult } from '@push/contracts';
import type { Claim } from '@push/idempotency';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { carryingHeaders } from '../delivery/carried-devices';
import type { DeliveryResult } from '../delivery/delivery.service';
import {
  ending,
  isSuccess,
  type Deferred,
  type Duplicate,
  type RecordedOutcome,
  type Interrupted,
  type Progress,
} from '../delivery/outcome';
import { ended, parked, wentBack } from '../timeline/happened';
import { note } from '../timeline/journey';
import { Ends, type Intaken } from './ends';
import { redisIsAway, willPass } from './failure';

/**
 * What became of a message:
 * - `concluded` what its outcome asks for has come about, all of it confirmed
 * - `unannounced` its end has come about and lasts; it is in the queue again for its status to be told
 * - `overtaken` another worker holds its claim by now, and the end of the request is that worker's to report
 * - `went_back` it is in the queue again, as if it had not been touched
 * - `failed` the same, and there is no reason why it should do better the next time
 */
export type Settled = 'concluded' | 'unannounced' | 'overtaken' | 'went_back' | 'failed';

/** Brings an outcome to its end: what must outlive the message is confirmed first, then the message is settled. */
@Injectable()
export class Settlement {
  private readonly logger = new Logger(Settlement.name);

  constructor(
    private readonly ends: Ends,
    private readonly publisher: GuardedPublisher,
  ) {}

  /** Never rejects: a message that cannot be settled goes back to the queue. */
  async settle(message: Intaken, result: DeliveryResult): Promise<Settled> {
    try {
      return await this.conclude(message, result);
    } catch (error) {
      return this.sendBack(message, result, error);
    }
  }

  /** Puts a message that has come back too early into the broker again. */
  parkAgain(message: Intaken, delayMs: number): Promise<Settled> {
    return this.settle(message, { outcome: { kind: 'deferred', reason: 'rate_limited', delayMs } });
  }

  private conclude(message: Intaken, result: DeliveryResult): Promise<Settled> {
    const { outcome } = result;
    switch (outcome.kind) {
      case 'delivered':
      case 'skipped':
      case 'expired':
      case 'rejected':
      case 'exhausted':
        return this.end(message, result, ending(outcome));
      case 'duplicate':
        return this.repeat(message, outcome);
      case 'deferred':
        return this.park(message, result, outcome);
      case 'interrupted':
        return this.interrupt(message, result, outcome);
      default:
        return outcome satisfies never;
    }
  }

  /** It may have lost its process between the record and the status; the gateway takes both. */
  private async repeat(message: Intaken, { first }: Duplicate): Promise<Settled> {
    const { context } = message;
    if (first && context.seenBefore) await this.ends.announce(message, first);
    context.ack({ success: false });
    return 'concluded';
  }

  private async park(
    { context }: Intaken,
    { claim }: DeliveryResult,
    outcome: Deferred,
  ): Promise<Settled> {
    await this.release(claim);
    const { delayMs, progress } = outcome;
    await this.publisher.park(context.message, delayMs, progressHeaders(progress));
    note(parked(outcome));
    context.ack({ success: false });
    return 'concluded';
  }

  private async interrupt(
    message: Intaken,
    { claim, done }: DeliveryResult,
    { cause }: Interrupted,
  ): Promise<Settled> {
    note({ event: 'requeued', cause, counted: false });
    await this.release(claim);
    // Whatever else is down, the claim knows what is done with.
    await this.giveBack(message, cause === 'redis' ? done : undefined);
    return 'went_back';
  }

  private async end(
    message: Intaken,
    result: DeliveryResult,
    end: RecordedOutcome,
  ): Promise<Settled> {
    const lasts = await this.ends.keep(message, result.claim, end);
    note(lasts ? ended(end) : { event: 'overtaken' });
    if (lasts) {
      try {
        await this.ends.announce(message, end);
      } catch (error) {
        const settled = await this.sendBack(message, result, error);
        return settled === 'went_back' ? 'unannounced' : settled;
      }
    }
    message.context.ack({ success: isSuccess(end) });
    return lasts ? 'concluded' : 'overtaken';
  }

  /** What passes costs the message nothing; what does not is counted, until it is given up. */
  private async sendBack(
    message: Intaken,
    { claim, done }: DeliveryResult,
    error: unknown,
  ): Promise<Settled> {
    this.logger.warn(
      { ...logIds(message), err: error },
      'Message could not be settled; it goes back',
    );
    note(wentBack(error, !willPass(error)));
    await this.release(claim);
    if (!willPass(error)) {
      message.context.fail();
      return 'failed';
    }
    await this.giveBack(message, redisIsAway(error) ? done : undefined);
    return 'went_back';
  }

  /**
   * Gives a message back to the queue.
   * @param done where FCM has answered and no claim can be told: then it is a fresh copy that takes the answers along
   */
  private async giveBack({ context }: Intaken, done: readonly DeviceResult[] = []): Promise<void> {
    if (done.length === 0) {
      context.requeue();
      return;
    }
    try {
      await this.publisher.requeueCopy(context.message, carryingHeaders(done));
      context.ack({ success: false });
    } catch (error) {
      this.logger.warn({ err: error }, 'What FCM answered could be kept nowhere');
      context.requeue();
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

/** Left out where nothing has been got on with: then those of the message stay. */
function progressHeaders(progress: Progress | undefined): Record<string, number> {
  return progress ? { [HEADERS.tries]: progress.tries, [HEADERS.waits]: progress.waits } : {};
}

function logIds({ ids }: Intaken): Record<string, unknown> {
  return { correlation_id: ids?.correlationId, user_id: ids?.userId, request_id: ids?.requestId };
}
