import { Injectable, Logger } from '@nestjs/common';
import { type Notification, type ParsedNotification, parseNotification } from '@push/contracts';
import type { PushContent } from '@push/fcm';
import { type Claim, ClaimLostError, ClaimStoreUnavailableError } from '@push/idempotency';
import type { MessageBody, PushContext } from '@push/queue';
import { DependencyDownError } from '@push/resilience';
import type { NotificationIds } from '../status/status.publisher';
import { ClaimGuard } from './claim-guard';
import { DeliveryConfig } from './delivery.config';
import { StoppingError, TemplateError } from './delivery.errors';
import {
  carriedResults,
  DeviceResults,
  finalOutcomeOfSends,
  outcomeOfSends,
} from './device-results';
import { FcmSender } from './fcm.sender';
import { endedEvent, Finalizer, type HeldWork, type InFlightMessage } from './finalizer';
import {
  deferOr,
  type Deferred,
  type FinalOutcome,
  GAVE_UP,
  type Outcome,
  parkDelayMs,
  type Progress,
  readRecordedOutcome,
  type RecordedOutcome,
  rejected,
  type Rejected,
  withTime,
} from './outcome';
import { PoisonGuard, type Start } from './poison-guard';
import { RecipientFinder } from './recipients';
import { Renderer } from './renderer';
import { Telemetry } from './telemetry';

/** Successes allow more messages in flight. */
const SUCCESSES: ReadonlySet<Outcome['kind']> = new Set(['delivered', 'skipped', 'expired']);

/** The outcome of the work on a message, and what that work holds. */
interface Work extends HeldWork {
  outcome: Outcome;
}

/**
 * The path of one message from the consumer to the ack:
 *
 * 1 parse, 2 claim, 3 recipients, 4 render, 5 send -> outcome -> 6 record, 7 status, 8 settle
 *
 * The message is settled only after everything that must outlive it is confirmed by Redis or the broker.
 */
@Injectable()
export class DeliveryPipeline {
  private readonly logger = new Logger('Delivery');

  constructor(
    private readonly poison: PoisonGuard,
    private readonly claims: ClaimGuard,
    private readonly recipients: RecipientFinder,
    private readonly renderer: Renderer,
    private readonly sender: FcmSender,
    private readonly finalizer: Finalizer,
    private readonly telemetry: Telemetry,
    private readonly config: DeliveryConfig,
  ) {}

  /** Processes one message. Never rejects; the message is settled when it resolves. */
  async process(body: MessageBody, context: PushContext): Promise<void> {
    const telemetry = this.telemetry.begin(context);
    const message: InFlightMessage = { body, context, telemetry };
    const earlyMs = (context.notBefore ?? 0) - Date.now();
    if (earlyMs > 0) {
      const wait: Deferred = { kind: 'deferred', reason: 'not_yet_due', delayMs: earlyMs };
      telemetry.end(await this.settle(message, { outcome: wait }));
      return;
    }
    const start = await this.poison.start(context);
    const work = start
      ? await this.work(message, start).finally(() => start.end())
      : { outcome: { kind: 'interrupted', cause: 'redis' } as const };
    const outcome = await this.settle(message, work);
    if (start && outcome.kind === 'interrupted' && outcome.counted) {
      await this.poison.remember(context, start);
    } else await this.poison.forget(context);
    telemetry.end(outcome);
  }

  /** Steps 1 to 5. Whatever happens, the outcome is returned with the claim, so that the claim ends too. */
  async work(message: InFlightMessage, start: Start): Promise<Work> {
    const { context, telemetry } = message;
    if (this.poison.isUnreadable(start)) return this.giveUpUnread(message);

    // 1 parse and validate
    const parsed = this.parse(message);
    telemetry.ids = idsOf(parsed, context);
    if (!parsed.ok) return { outcome: rejected('invalid_message', parsed.error) };
    const { notification } = parsed;
    const { tries, waits } = context;

    const carried = carriedResults(context.deviceResults);
    let results = new DeviceResults(carried);
    let claim: Claim | undefined;
    let outcome: Outcome;
    try {
      // 2 claim request_id in Redis
      const answer = await this.claims.claim(notification.requestId, start, telemetry);
      if (answer.state === 'done') {
        return { outcome: { kind: 'duplicate', first: readRecordedOutcome(answer.result) } };
      }
      if (answer.state === 'held') return { outcome: claimHeld(context, answer.remainingMs) };
      claim = answer.claim;
      if (answer.state === 'decided') {
        if (this.poison.isPastGivingUp(claim)) return this.giveUpUnread(message, claim);
        return { outcome: readRecordedOutcome(answer.result) ?? UNREADABLE_RECORD, claim };
      }
      results = new DeviceResults(carried, claim);
      await results.recordCarried(claim);
      outcome = this.poison.isGivenUp(start, claim)
        ? GAVE_UP
        : await this.deliver(notification, { tries, waits }, { claim, results, telemetry });
    } catch (error) {
      outcome = this.outcomeOf(error, message, notification);
    }
    return { outcome: results.applyTo(outcome, tries), claim, results: claim && results.all };
  }

  /** Steps 3 to 5, under a claim. */
  private async deliver(
    notification: Notification,
    progress: Progress,
    held: { claim: Claim; results: DeviceResults; telemetry: InFlightMessage['telemetry'] },
  ): Promise<Outcome> {
    const { telemetry } = held;
    if (isStale(notification)) return { kind: 'expired' };

    // 3 look the recipient up
    const found = await this.recipients.find(notification, progress, telemetry);
    if (found.kind !== 'found') return found;
    if (isStale(notification)) return { kind: 'expired' };

    // 4 render
    const content = telemetry.stepSync('compose', () => this.render(notification));
    if ('kind' in content) return content;

    // 5 send
    const sends = await this.sender.sendToAll(found, content, {
      ...held,
      earlierTries: progress.tries,
    });
    const outcome = outcomeOfSends(sends);
    if (outcome.kind !== 'waiting') return outcome;
    const { delayMs, forQuota } = outcome;
    const now = { ...progress, tries: outcome.tries };
    // Retries end by their own number.
    if (!forQuota) return { kind: 'deferred', reason: 'fcm_failing', delayMs, progress: now };
    return deferOr<Outcome>(
      { reason: 'rate_limited', delayMs, progress: now },
      this.config.parkMaxTimes,
      () => finalOutcomeOfSends(sends),
    );
  }

  /**
   * Steps 6 to 8: what must outlive the message is confirmed first, then the message is settled. Never rejects: a message
   * that cannot be settled is requeued.
   * @returns the outcome to report: one that did not last would be reported twice, or be wrong
   */
  async settle(message: InFlightMessage, work: Work): Promise<Outcome> {
    const { context } = message;
    const { outcome, claim } = work;
    try {
      switch (outcome.kind) {
        case 'delivered':
        case 'skipped':
        case 'expired':
        case 'rejected':
        case 'exhausted':
          return await this.finalize(message, work, outcome);
        case 'duplicate':
          // Its process may have died between the record and the status; the gateway accepts both.
          if (outcome.first && context.seenBefore) {
            await this.finalizer.announce(message, outcome.first);
          }
          context.ack({ success: false });
          return outcome;
        case 'deferred':
          await this.finalizer.park(message, claim, outcome);
          context.ack({ success: false });
          return outcome;
        case 'interrupted':
          await this.finalizer.interrupt(message, work, outcome);
          return outcome;
        default:
          return outcome satisfies never;
      }
    } catch (error) {
      const cause = outcome.kind === 'interrupted' ? outcome.cause : 'settlement';
      const counted = await this.finalizer.requeueAfter(error, message, work);
      return { kind: 'interrupted', cause, ...(counted && { counted }) };
    }
  }

  private async finalize(
    message: InFlightMessage,
    work: Work,
    outcome: FinalOutcome | RecordedOutcome,
  ): Promise<Outcome> {
    const { context, telemetry } = message;
    const final = withTime(outcome);

    // 6 record: decide, dead letter, done
    const isOurs = await this.finalizer.record(message, work.claim, final);
    telemetry.record(isOurs ? endedEvent(final) : { event: 'overtaken' });

    // 7 status event
    if (isOurs) {
      try {
        await this.finalizer.announce(message, final);
      } catch (error) {
        // The outcome lasts; the message is requeued for its status alone.
        const counted = await this.finalizer.requeueAfter(error, message, work);
        return counted ? { kind: 'interrupted', cause: 'settlement', counted } : final;
      }
    }

    // 8 ack
    context.ack({ success: SUCCESSES.has(final.kind) });
    return isOurs ? final : { kind: 'duplicate' };
  }

  private parse({ body, context }: InFlightMessage): ParsedNotification {
    if (!body.ok) return { ok: false, error: body.problem };
    const { correlationId, messageId, publishedAt } = context;
    const parsed = parseNotification(body.value, { correlationId, messageId, publishedAt });
    const { defaultTtlSeconds } = this.config;
    if (!parsed.ok || parsed.notification.expiresAt !== undefined || defaultTtlSeconds === 0) {
      return parsed;
    }
    const expiresAt = (publishedAt ?? Date.now()) + defaultTtlSeconds * 1000;
    return { ok: true, notification: { ...parsed.notification, expiresAt } };
  }

  private render(notification: Notification): PushContent | Rejected {
    try {
      return this.renderer.render(notification, Date.now());
    } catch (error) {
      if (error instanceof TemplateError) return rejected('template_invalid', error.message);
      throw error;
    }
  }

  /** The message ends its workers even while it is given up: it is dead-lettered as bytes, without another look at it. */
  private giveUpUnread(message: InFlightMessage, claim?: Claim): Work {
    const problem = 'It was given up before, and is kept unread';
    message.body = { ok: false, problem, raw: message.context.message.content };
    message.telemetry.ids = undefined;
    return { outcome: GAVE_UP, claim };
  }

  /** Interrupted where a dependency is down or the process stops, else an error of ours, logged. */
  private outcomeOf(
    error: unknown,
    { context }: InFlightMessage,
    { requestId }: Notification,
  ): Outcome {
    // Where the claim is lost, its message still has what could not be written.
    if (error instanceof ClaimLostError) return claimHeld(context);
    if (error instanceof DependencyDownError) {
      return { kind: 'interrupted', cause: error.dependency };
    }
    if (error instanceof ClaimStoreUnavailableError) return { kind: 'interrupted', cause: 'redis' };
    if (error instanceof StoppingError) return { kind: 'interrupted', cause: 'shutdown' };
    this.logger.error({ request_id: requestId, err: error }, 'Delivery failed unexpectedly');
    return rejected('internal_error', 'An unexpected error; see the log of push-service');
  }
}

const UNREADABLE_RECORD = rejected(
  'UNKNOWN',
  'It failed; the record of how cannot be read any more',
);

/** Another worker works on the request: it is checked again later. */
function claimHeld({ parkedCount }: PushContext, remainingMs = Infinity): Deferred {
  const delayMs = Math.min(remainingMs, parkDelayMs(parkedCount));
  return { kind: 'deferred', reason: 'claim_held', delayMs };
}

function isStale({ expiresAt }: Notification): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}

function idsOf(
  parsed: ParsedNotification,
  { correlationId }: PushContext,
): NotificationIds | undefined {
  const { requestId, notificationId, userId } = parsed.ok ? parsed.notification : parsed;
  if (requestId === undefined || notificationId === undefined) return undefined;
  const given = parsed.ok ? parsed.notification.correlationId : correlationId;
  return { requestId, notificationId, userId, correlationId: given ?? requestId };
}
