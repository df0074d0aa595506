import { Injectable } from '@nestjs/common';
import { parseNotification, type ParsedNotification } from '@push/contracts';
import type { MessageBody, PushContext } from '@push/queue';
import { DeliveryConfig } from '../delivery/delivery.config';
import { DeliveryService, type DeliveryResult } from '../delivery/delivery.service';
import { rejected } from '../delivery/outcome';
import { outcomeOfError } from '../delivery/outcome-of-error';
import type { NotificationIds } from '../status/status-events';
import { OutcomeLog } from './outcome-log';
import { Settlement, type Intaken } from './settlement';

/**
 * Interruptions never get this far: they start the broker's count anew. So a message that has been delivered this often
 * takes its worker down, or cannot be settled. It ends here, with a status, before the broker's own limit (20) ends it
 * without one.
 */
const GIVE_UP_AT_DELIVERY = 15;
const GAVE_UP = `Delivered ${GIVE_UP_AT_DELIVERY} times and never settled; see the log for what it does to the service`;

/** One message from its arrival to its settlement. */
@Injectable()
export class Intake {
  constructor(
    private readonly delivery: DeliveryService,
    private readonly settlement: Settlement,
    private readonly outcomes: OutcomeLog,
    private readonly config: DeliveryConfig,
  ) {}

  /** Never rejects; the message is settled when it resolves. */
  async take(body: MessageBody, context: PushContext): Promise<void> {
    this.outcomes.received();
    const receivedAt = Date.now();
    const early = (context.notBefore ?? 0) - receivedAt;
    const parsed = this.parse(body, context);
    const message: Intaken = { body, context, ids: idsOf(parsed, context) };
    if (early > 0) return this.settlement.parkAgain(message, early);
    const result = await this.deliver(parsed, context);
    await this.settlement.settle(message, result);
    this.outcomes.note(result.outcome, message.ids, context.publishedAt ?? receivedAt);
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

  private async deliver(parsed: ParsedNotification, context: PushContext): Promise<DeliveryResult> {
    if (!parsed.ok) return { outcome: rejected('invalid_message', parsed.error) };
    if (context.deliveryCount >= GIVE_UP_AT_DELIVERY)
      return { outcome: rejected('gave_up', GAVE_UP) };
    try {
      const { notification } = parsed;
      const { parkedCount, tries, waits } = context;
      const progress = { tries, waits };
      return await this.delivery.deliver({ notification, parkedCount, progress });
    } catch (error) {
      return { outcome: outcomeOfError(error, parsed.notification.requestId) };
    }
  }
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
