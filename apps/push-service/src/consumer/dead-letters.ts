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
import { ownHeaders, PublishError, type MessageBody, type PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { DetourMetrics } from '../metrics/detour.metrics';
import { Stages } from '../metrics/stages';

/** Keeps what cannot be delivered, whole, in `failed.queue`. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly publisher: GuardedPublisher,
    private readonly stages: Stages,
    private readonly detours: DetourMetrics,
  ) {}

  /** @throws {PublishError} or {DependencyDownError} unless the broker has confirmed it */
  async bury(body: MessageBody, context: PushContext, report: DeadLetterReason): Promise<void> {
    await this.stages.run('bury', () => this.keep(body, context, report));
    this.detours.buried(report.code);
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
