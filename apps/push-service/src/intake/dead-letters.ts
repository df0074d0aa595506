import { Injectable } from '@nestjs/common';
import { ROUTING_KEYS, type DeadLetter } from '@push/contracts';
import { PublishError, type MessageBody, type PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';

/** Why a message goes to the dead-letter queue. */
export interface DeathReport {
  requestId: string | null;
  code: string;
  error: string;
  attempts: number;
}

/** Headers under which a dead letter keeps the way its message came, for replay. */
export const ORIGINAL_HEADERS = {
  exchange: 'x-original-exchange',
  routingKey: 'x-original-routing-key',
} as const;

/** Keeps what cannot be delivered, whole, in `failed.queue`. */
@Injectable()
export class DeadLetters {
  constructor(private readonly publisher: GuardedPublisher) {}

  /** @throws {PublishError} unless the broker has confirmed it */
  async bury(body: MessageBody, context: PushContext, report: DeathReport): Promise<void> {
    const letter: DeadLetter = {
      request_id: report.requestId,
      error: report.error,
      error_code: report.code,
      failed_at: new Date().toISOString(),
      attempts: report.attempts,
      service: 'push-service',
      original_message: body.ok ? body.value : null,
      ...(body.ok ? {} : { original_body: body.raw.toString('base64') }),
    };
    const way = {
      [ORIGINAL_HEADERS.exchange]: context.exchange,
      [ORIGINAL_HEADERS.routingKey]: context.routingKey,
    };
    const publish = (headers: Record<string, unknown>): Promise<void> =>
      this.publisher.publish(ROUTING_KEYS.failed, letter, {
        correlationId: context.correlationId,
        messageId: report.requestId ?? context.messageId,
        headers,
      });
    try {
      await publish({ ...context.message.properties.headers, ...way });
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      // Headers too large to be sent on must not keep the message from being kept.
      await publish(way);
    }
  }
}
