import { Injectable } from '@nestjs/common';
import {
  CONTROL_HEADERS,
  DEAD_LETTER_HEADERS,
  encodeDeadLetter,
  replayHeaders,
  ROUTING_KEYS,
  type DeadLetterReason,
} from '@push/contracts';
import { ownHeaders, PublishError, type MessageBody, type PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';

/** Keeps messages that cannot be delivered, whole, in `failed.queue`. */
@Injectable()
export class DeadLetters {
  constructor(private readonly publisher: GuardedPublisher) {}

  /** @throws {PublishError} or {DependencyDownError} unless the broker has confirmed it */
  async publish(body: MessageBody, context: PushContext, reason: DeadLetterReason): Promise<void> {
    const { headers: theirs } = context.message.properties;
    const origin = {
      [DEAD_LETTER_HEADERS.exchange]: context.exchange,
      [DEAD_LETTER_HEADERS.routingKey]: context.routingKey,
    };
    const letter = encodeDeadLetter(body, reason);
    const send = (headers: Record<string, unknown>): Promise<void> =>
      this.publisher.publish(ROUTING_KEYS.failed, letter.body, {
        correlationId: context.correlationId,
        messageId: reason.requestId ?? context.messageId,
        contentType: letter.contentType,
        headers: { ...headers, ...letter.headers },
      });
    try {
      await send({ ...headersForReplay(theirs), ...origin });
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      // Headers too large to be sent on must not keep the message from being kept.
      await send({ ...origin, ...replayHeaders(theirs) });
    }
  }
}

/** The publisher's own headers, and those that identify the notification and its time. */
function headersForReplay(
  headers: PushContext['message']['properties']['headers'],
): Record<string, unknown> {
  const own = Object.entries(ownHeaders(headers));
  return Object.fromEntries(own.filter(([name]) => !CONTROL_HEADERS.has(name)));
}
