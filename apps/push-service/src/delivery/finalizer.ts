import { Injectable, Logger } from '@nestjs/common';
import { type DeviceResult, HEADERS } from '@push/contracts';
import { type Claim, ClaimUnusableError } from '@push/idempotency';
import type { MessageBody, PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { StatusPublisher } from '../status/status.publisher';
import { shortCode } from '../timeline/timeline.store';
import { ClaimRecorder } from './claim-guard';
import { DeadLetters } from './dead-letters';
import { isRedisDown, isRetryable } from './delivery.errors';
import { carryingHeaders } from './device-results';
import type { Deferred, Interrupted, RecordedOutcome } from './outcome';
import type { MessageTelemetry } from './telemetry';

/** A message between its delivery by the broker and its settlement. */
export interface InFlightMessage {
  body: MessageBody;
  context: PushContext;
  telemetry: MessageTelemetry;
}

/** What the work on a message holds when its outcome is known. */
export interface HeldWork {
  /** The claim on the request, where this worker holds it. */
  claim?: Claim;
  /** Devices with a final result: they travel with the message where the claim cannot be written. */
  results?: readonly DeviceResult[];
}

/**
 * Makes an outcome last: each method resolves once Redis or the broker has confirmed. A process may be killed between any
 * two lines, so their order matters (docs/decisions/0005-order-of-lasting-effects.md).
 */
@Injectable()
export class Finalizer {
  private readonly logger = new Logger(Finalizer.name);

  constructor(
    private readonly recorder: ClaimRecorder,
    private readonly deadLetters: DeadLetters,
    private readonly statuses: StatusPublisher,
    private readonly publisher: GuardedPublisher,
  ) {}

  /**
   * Records a final outcome. A failed one is decided before its dead letter is published, and done after it, so that a
   * request with a dead letter is never delivered.
   * @returns false where another worker holds the claim by now: the outcome is that worker's to report
   */
  async record(
    message: InFlightMessage,
    claim: Claim | undefined,
    outcome: RecordedOutcome,
  ): Promise<boolean> {
    const isFailed = outcome.kind === 'rejected' || outcome.kind === 'exhausted';
    if (!isFailed) return this.finish(message, claim, outcome);
    const { body, context, telemetry } = message;
    if (claim && !(await this.recorder.record(() => claim.decide(outcome), telemetry)))
      return false;
    const { code, error, attempts, at } = outcome;
    const requestId = telemetry.ids?.requestId ?? null;
    await telemetry.step('dead_letter', () =>
      this.deadLetters.publish(body, context, { requestId, code, error, attempts, failedAt: at }),
    );
    telemetry.deadLettered(code);
    try {
      return await this.finish(message, claim, outcome);
    } catch (error) {
      // Its dead letter is kept: a process that stops while Redis is down reports the status too, instead of having the
      // message delivered again and dead-lettered twice.
      if (isRedisDown(error)) return true;
      throw error;
    }
  }

  /** Publishes the status event, where the message could be read. */
  async announce({ telemetry }: InFlightMessage, outcome: RecordedOutcome): Promise<void> {
    const { ids } = telemetry;
    if (ids === undefined) return;
    await telemetry.step(
      'announce',
      () => this.statuses.announce(ids, outcome),
      ({ status }) => ({ event: 'announced', status }),
    );
  }

  /** Puts the message into a delay queue of the broker, its claim released. */
  async park(message: InFlightMessage, claim: Claim | undefined, outcome: Deferred): Promise<void> {
    const { reason, delayMs, progress } = outcome;
    await this.release(claim);
    const headers = progress && {
      [HEADERS.tries]: progress.tries,
      [HEADERS.waits]: progress.waits,
    };
    await this.publisher.park(message.context.message, delayMs, headers ?? {});
    const until = new Date(Date.now() + delayMs).toISOString();
    message.telemetry.record({ event: 'parked', reason, delay_ms: Math.round(delayMs), until });
  }

  /** Requeues a message whose work was interrupted. */
  async interrupt(message: InFlightMessage, work: HeldWork, { cause }: Interrupted): Promise<void> {
    message.telemetry.record({ event: 'requeued', cause, counted: false });
    await this.release(work.claim);
    // Whatever else is down, the claim has the results.
    await this.requeue(message, cause === 'redis' ? work.results : undefined);
  }

  /**
   * Requeues a message that could not be settled. An error that passes costs it nothing; any other counts, until the
   * message is given up.
   * @returns whether it counts
   */
  async requeueAfter(error: unknown, message: InFlightMessage, work: HeldWork): Promise<boolean> {
    const { context, telemetry } = message;
    const { correlationId, userId, requestId } = telemetry.ids ?? {};
    const ids = { correlation_id: correlationId, user_id: userId, request_id: requestId };
    this.logger.warn({ ...ids, err: error }, 'Message could not be settled; requeued');
    const isCounted = !isRetryable(error);
    telemetry.requeuedAfter(error, isCounted);
    await this.release(work.claim);
    if (isCounted) context.fail();
    else await this.requeue(message, isRedisDown(error) ? work.results : undefined);
    return isCounted;
  }

  /** Records that the request is done. What was delivered is reported even where its claim can never be written. */
  private async finish(
    { telemetry }: InFlightMessage,
    claim: Claim | undefined,
    outcome: RecordedOutcome,
  ): Promise<boolean> {
    if (claim === undefined) return true;
    try {
      return await this.recorder.record(() => claim.finish(outcome), telemetry);
    } catch (error) {
      if (!(error instanceof ClaimUnusableError)) throw error;
      const fields = { request_id: claim.requestId, err: error };
      this.logger.error(fields, 'An outcome could not be recorded');
      return true;
    }
  }

  /** @param results where FCM has answered and the claim cannot be written: then a copy carries the results along */
  private async requeue(
    { context }: InFlightMessage,
    results: readonly DeviceResult[] = [],
  ): Promise<void> {
    if (results.length === 0) {
      context.requeue();
      return;
    }
    try {
      await this.publisher.requeueCopy(context.message, carryingHeaders(results));
      context.ack({ success: false });
    } catch (error) {
      this.logger.warn({ err: error }, 'Device results could be kept nowhere');
      context.requeue();
    }
  }

  /** A claim that cannot be released expires with its lease. */
  private async release(claim: Claim | undefined): Promise<void> {
    try {
      await claim?.release();
    } catch (error) {
      this.logger.debug({ err: error }, 'A claim could not be released; its lease will expire');
    }
  }
}

/** The timeline's event of a final outcome. */
export function endedEvent(outcome: RecordedOutcome) {
  const { kind } = outcome;
  const code = 'code' in outcome ? shortCode(outcome.code) : undefined;
  return {
    event: 'ended',
    outcome: kind,
    code: outcome.kind === 'skipped' ? outcome.reason : code,
  } as const;
}
