import { Injectable } from '@nestjs/common';
import {
  DEAD_LETTER_HEADERS,
  replayHeaders,
  ROUTING_KEYS,
  CONTROL_HEADERS,
  encodeDeadLetter,
  type DeadLetterReason,
  type EncodedDeadLetter,
} from '@push/contracts';
import { inSpan } from '@push/observability';
import { ownHeaders, PublishError, type MessageBody, type PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { DeliveryMetrics } from '../metrics/delivery.metrics';

/** Keeps what cannot be delivered, whole, in `failed.queue`. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly publisher: GuardedPublisher,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /** @throws {PublishError} or {DependencyDownError} unless the broker has confirmed it */
  async bury(body: MessageBody, context: PushContext, report: DeadLetterReason): Promise<void> {
    const startedAt = performance.now();
    try {
      await inSpan('dead_letter', () => this.keep(body, context, report));
    } finally {
      this.metrics.stage('dead_letter', (performance.now() - startedAt) / 1000);
    }
    this.metrics.deadLettered(report.code);
  }

  private async keep(
    body: MessageBody,
    context: PushContext,
    report: DeadLetterReason,
  ): Promise<void> {
    const way = {
      [DEAD_LETTER_HEADERS.exchange]: context.exchange,
      [DEAD_LETTER_HEADERS.routingKey]: context.routingKey,
    };
    const letter = encodeDeadLetter(body, report);
    try {
      await this.publish(letter, context, report, {
        ...headersForReplay(context),
        ...way,
      });
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      // Headers too large to be sent on must not keep the message from being kept.
      const kept = { ...way, ...replayHeaders(context.message.properties.headers) };
      await this.publish(letter, context, report, kept);
    }
  }

  private publish(
    letter: EncodedDeadLetter,
    context: PushContext,
    report: DeadLetterReason,
    headers: Record<string, unknown>,
  ): Promise<void> {
    return this.publisher.publish(ROUTING_KEYS.failed, letter.body, {
      correlationId: context.correlationId,
      messageId: report.requestId ?? context.messageId,
      contentType: letter.contentType,
      headers: { ...headers, ...letter.headers },
    });
  }
}

/** The publisher's own headers, and those that say which notification it is and since when. */
function headersForReplay({ message }: PushContext): Record<string, unknown> {
  const headers = Object.entries(ownHeaders(message.properties.headers));
  return Object.fromEntries(headers.filter(([name]) => !CONTROL_HEADERS.has(name)));
}
