import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import {
  DEAD_LETTER_HEADERS,
  HEADERS,
  parseNotification,
  PUSH_BINDINGS,
  decodeDeadLetter,
  ROUTING_KEYS,
  STATUS_REFUSED,
  CONTROL_HEADERS,
  withReplay,
  type DecodedDeadLetter,
} from '@push/contracts';
import {
  IntakeOptions,
  ownHeaders,
  PublishError,
  PushDeserializer,
  type PublishOptions,
} from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { GuardedPublisher } from '../../broker/guarded.publisher';
import { Timeline } from '../../timeline/timeline';
import { ReplayPermit, type Permit } from './replay-permit';

const NOT_OF_THE_ORIGINAL: ReadonlySet<string> = new Set([
  ...Object.values(DEAD_LETTER_HEADERS),
  ...CONTROL_HEADERS,
  HEADERS.publishedAt, // its time starts afresh
]);

/** Sends the message of a dead letter once more. */
@Injectable()
export class LetterReplay {
  private readonly deserializer: PushDeserializer;

  constructor(
    private readonly permit: ReplayPermit,
    private readonly publisher: GuardedPublisher,
    private readonly rabbitmq: RabbitmqConfig,
    private readonly timeline: Timeline,
    { maxMessageBytes }: IntakeOptions,
  ) {
    this.deserializer = new PushDeserializer(maxMessageBytes);
  }

  /**
   * Resolves with `granted` once the broker has confirmed the message; only then may the letter go.
   * @throws {PublishError} or {DependencyDownError}, or as {@link ReplayPermit.ask}; then the letter has to stay
   */
  async replay(message: ConsumeMessage, by: string): Promise<Permit> {
    const letter = decodeDeadLetter(message);
    const content = letter.original.bytes();
    const options = optionsFor(letter, message, by);
    if (letter.errorCode === STATUS_REFUSED && !letter.original.ok) {
      await this.publisher.publish(ROUTING_KEYS.status, content, options);
      return 'granted';
    }
    const requestId = this.requestIdOf(content, message);
    const permit = requestId === undefined ? 'granted' : await this.permit.ask(requestId);
    if (permit !== 'granted') return permit;
    await this.send(letter, content, options);
    if (requestId !== undefined) this.timeline.record(requestId, { event: 'replayed', actor: by });
    return permit;
  }

  /** As intake is going to read it. */
  private requestIdOf(content: Buffer, { properties }: ConsumeMessage): string | undefined {
    const body = this.deserializer.read(content);
    if (!body.ok) return undefined;
    const messageId: unknown = properties.messageId;
    const parsed = parseNotification(body.value, {
      messageId: typeof messageId === 'string' && messageId !== '' ? messageId : undefined,
    });
    return parsed.ok ? parsed.notification.requestId : undefined;
  }

  private async send(
    letter: DecodedDeadLetter,
    content: Buffer,
    options: PublishOptions,
  ): Promise<void> {
    try {
      await this.sendWith(letter, content, options);
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      const { [HEADERS.replays]: replays } = options.headers ?? {};
      await this.sendWith(letter, content, { ...options, headers: { [HEADERS.replays]: replays } });
    }
  }

  /** The way it came, where that is ours: a routing key of another team leads where it will. */
  private sendWith(
    { original: { exchange, routingKey } }: DecodedDeadLetter,
    content: Buffer,
    options: PublishOptions,
  ): Promise<void> {
    const key = PUSH_BINDINGS.find((binding) => binding === routingKey);
    return exchange === this.rabbitmq.exchange && key !== undefined
      ? this.publisher.publish(key, content, options)
      : this.publisher.enqueue(this.rabbitmq.pushQueue, content, options);
  }
}

function optionsFor(
  letter: DecodedDeadLetter,
  message: ConsumeMessage,
  by: string,
): PublishOptions {
  const correlationId: unknown = message.properties.correlationId;
  const messageId: unknown = message.properties.messageId;
  const own = Object.entries(ownHeaders(message.properties.headers)).filter(
    ([name]) => !NOT_OF_THE_ORIGINAL.has(name),
  );
  const replay = { at: new Date().toISOString(), by, error_code: letter.errorCode };
  return {
    correlationId: textOf(correlationId),
    messageId: textOf(messageId),
    contentType: letter.original.ok ? 'application/json' : 'application/octet-stream',
    headers: { ...Object.fromEntries(own), [HEADERS.replays]: withReplay(letter.replays, replay) },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
