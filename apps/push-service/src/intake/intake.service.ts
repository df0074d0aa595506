import { Injectable, Logger } from '@nestjs/common';
import { parseNotification, type ParsedNotification } from '@push/contracts';
import { ClaimStoreUnavailableError } from '@push/idempotency';
import type { MessageBody, PushContext } from '@push/queue';
import { DependencyDownError } from '@push/resilience';
import { DeliveryConfig } from '../delivery/delivery.config';
import { DeliveryService, type DeliveryResult } from '../delivery/delivery.service';
import { rejected } from '../delivery/outcome';
import type { NotificationIds } from '../status/status-events';
import { OutcomeLog } from './outcome-log';
import { Settlement, type Intaken } from './settlement';

/** One message from its arrival to its settlement. */
@Injectable()
export class Intake {
  private readonly logger = new Logger(Intake.name);

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
    try {
      const { notification } = parsed;
      return await this.delivery.deliver({ notification, parkedCount: context.parkedCount });
    } catch (error) {
      if (error instanceof DependencyDownError) return interruptedBy(error.dependency);
      if (error instanceof ClaimStoreUnavailableError) return interruptedBy('redis');
      this.logger.error(
        { request_id: parsed.notification.requestId, err: error },
        'Delivery failed unexpectedly',
      );
      return {
        outcome: rejected('internal_error', 'An unexpected error; see the log of push-service'),
      };
    }
  }
}

function interruptedBy(cause: string): DeliveryResult {
  return { outcome: { kind: 'interrupted', cause } };
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
