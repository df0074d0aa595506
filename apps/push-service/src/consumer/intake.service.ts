import { Injectable } from '@nestjs/common';
import { parseNotification, type ParsedNotification } from '@push/contracts';
import type { MessageBody, PushContext } from '@push/queue';
import { Answers } from '../delivery/answers';
import { carriedDevices } from '../delivery/carried-devices';
import { DeliveryConfig } from '../delivery/delivery.config';
import { DeliveryService, GAVE_UP, type DeliveryResult } from '../delivery/delivery.service';
import { rejected, type Outcome } from '../delivery/outcome';
import { outcomeOfError } from '../delivery/outcome-of-error';
import type { NotificationIds } from '../status/status-events';
import { received } from '../timeline/happened';
import { note, noteWhose } from '../timeline/journey';
import type { Intaken } from './ends';
import { OutcomeLog } from './outcome-log';
import { Redeliveries, type Begun } from './redeliveries';
import { Settlement, type Settled } from './settlement';

/** A message, and how its delivery went. */
interface Handled {
  message: Intaken;
  result: DeliveryResult;
  begunBefore: number;
}

/** One message from its arrival to its settlement. */
@Injectable()
export class Intake {
  constructor(
    private readonly delivery: DeliveryService,
    private readonly settlement: Settlement,
    private readonly outcomes: OutcomeLog,
    private readonly redeliveries: Redeliveries,
    private readonly config: DeliveryConfig,
  ) {}

  /** Never rejects; the message is settled when it resolves. */
  async take(body: MessageBody, context: PushContext): Promise<void> {
    this.outcomes.received(context);
    note(received(context));
    const receivedAt = Date.now();
    const early = (context.notBefore ?? 0) - receivedAt;
    if (early > 0) {
      const settled = await this.settlement.parkAgain({ body, context }, early);
      if (settled === 'concluded') this.outcomes.tooEarly();
      return;
    }
    const { message, result, begunBefore } =
      (await this.redeliveries.begin(context, (begun) => this.handle({ body, context }, begun))) ??
      notTold({ body, context });
    const settled = await this.settlement.settle(message, result);
    if (settled === 'failed') await this.redeliveries.remember(context, begunBefore);
    else if (context.redelivered) await this.redeliveries.forget(context);
    const known = cameAbout(result.outcome, settled);
    this.outcomes.note(known, message.ids, context.publishedAt ?? receivedAt);
  }

  private async handle(taken: Intaken, begun: Begun): Promise<Handled> {
    const { body, context } = taken;
    const begunBefore = begun.before;
    // Given up the last time, and not even that came to its end: nothing in it is looked at any more.
    if (begunBefore > this.config.giveUpAfterDeliveries) {
      return { message: unread(taken), result: { outcome: GAVE_UP }, begunBefore };
    }
    const parsed = this.parse(body, context);
    const message = { body, context, ids: idsOf(parsed, context) };
    noteWhose(message.ids);
    const result = await this.deliver(parsed, context, begun);
    return { message: result.unread ? unread(taken) : message, result, begunBefore };
  }

  private parse(body: MessageBody, context: PushContext): ParsedNotification {
    if (!body.ok) return { ok: false, error: body.problem };
    const { correlationId, messageId, publishedAt } = context;
    const parsed = parseNotification(body.value, { correlationId, messageId, publishedAt });
    const { defaultTtlSeconds } = this.config;
    if (!parsed.ok || parsed.notification.expiresAt !== undefined || defaultTtlSeconds === 0)
      return parsed;
    const expiresAt = (publishedAt ?? Date.now()) + defaultTtlSeconds * 1000;
    return { ok: true, notification: { ...parsed.notification, expiresAt } };
  }

  private deliver(
    parsed: ParsedNotification,
    { parkedCount, tries, waits, deviceResults }: PushContext,
    { before, claimed }: Begun,
  ): Promise<DeliveryResult> {
    if (!parsed.ok) {
      return Promise.resolve({ outcome: rejected('invalid_message', parsed.error) });
    }
    const { notification } = parsed;
    const progress = { tries, waits, devices: carriedDevices(deviceResults) };
    const request = { notification, begunBefore: before, parkedCount, progress };
    return this.delivery.deliver(request, claimed).catch((error: unknown) => {
      const outcome = outcomeOfError(error, notification.requestId);
      return { outcome: new Answers(progress.devices).end(outcome, tries) };
    });
  }
}

/** What can be told of a message: an end that did not come about would be told twice, or be wrong. */
function cameAbout(outcome: Outcome, settled: Settled): Outcome {
  switch (settled) {
    case 'concluded':
    case 'unannounced':
      return outcome;
    case 'overtaken':
      return { kind: 'duplicate' };
    case 'went_back':
    case 'failed':
      return outcome.kind === 'interrupted'
        ? outcome
        : { kind: 'interrupted', cause: 'settlement' };
    default:
      return settled satisfies never;
  }
}

/** While Redis cannot tell how often it was begun. */
function notTold(message: Intaken): Handled {
  return { message, result: { outcome: { kind: 'interrupted', cause: 'redis' } }, begunBefore: 0 };
}

/** The message as bytes, and no more than that. */
function unread({ context }: Intaken): Intaken {
  const problem = 'It was given up before, and is kept unread';
  return { body: { ok: false, problem, raw: context.message.content }, context };
}

function idsOf(
  parsed: ParsedNotification,
  { correlationId }: PushContext,
): NotificationIds | undefined {
  const { requestId, notificationId, userId } = parsed.ok ? parsed.notification : parsed;
  if (requestId === undefined || notificationId === undefined) return undefined;
  const followed = parsed.ok ? parsed.notification.correlationId : correlationId;
  return { requestId, notificationId, userId, correlationId: followed ?? requestId };
}
