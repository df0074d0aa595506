import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import {
  CONTROL_HEADERS,
  DEAD_LETTER_HEADERS,
  decodeDeadLetter,
  HEADERS,
  parseNotification,
  PUSH_BINDINGS,
  ROUTING_KEYS,
  STATUS_REFUSED,
  withReplay,
  type DecodedDeadLetter,
} from '@push/contracts';
import { ClaimStore } from '@push/idempotency';
import {
  IntakeOptions,
  ownHeaders,
  PublishError,
  PushDeserializer,
  type PublishOptions,
} from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { GuardedPublisher } from '../../broker/guarded.publisher';
import { readRecordedOutcome } from '../../delivery/outcome';
import { Timeline } from '../../timeline/timeline';

/** Only after `done` a dead letter leaves the queue. `outcome_unknown`: the request is final, but its record is unreadable. */
export type ReplayResult = 'done' | 'in_progress' | 'outcome_unknown';

const NOT_OF_THE_ORIGINAL: ReadonlySet<string> = new Set([
  ...Object.values(DEAD_LETTER_HEADERS),
  ...CONTROL_HEADERS,
  HEADERS.publishedAt, // a replay starts a new time to live
]);

/** Decides by the claim of a request whether it may be delivered again. */
@Injectable()
export class ReplayPermit {
  constructor(private readonly claims: ClaimStore) {}

  /**
   * Deletes the record of a failure, as a replay would be answered with it. The record of a delivery stays: then the
   * replay is a duplicate, as when a process dies between publishing a message and removing its dead letter.
   * @throws as {@link ClaimStore.peek}
   */
  async request(requestId: string): Promise<'granted' | Exclude<ReplayResult, 'done'>> {
    const view = await this.claims.peek(requestId);
    if (view.state === 'unknown') return 'granted';
    if (view.state === 'held') return 'in_progress';
    const record = view.state === 'done' ? view.result : view.decided;
    if (view.state === 'open' && record === undefined) return 'granted';
    const outcome = readRecordedOutcome(record);
    if (outcome === undefined) return 'outcome_unknown';
    if (outcome.kind !== 'rejected' && outcome.kind !== 'exhausted') return 'granted';
    // Of two dead letters of one request the other one may have been replayed meanwhile, and even delivered.
    return (await this.claims.forget(requestId, view.version)) ? 'granted' : 'in_progress';
  }
}

/** Publishes the original message of a dead letter again. */
@Injectable()
export class DeadLetterReplay {
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
   * Resolves with `done` once the broker has confirmed the message.
   * @throws {PublishError}, {DependencyDownError}, or as {@link ReplayPermit.request}; then the dead letter has to stay
   */
  async replay(message: ConsumeMessage, actor: string): Promise<ReplayResult> {
    const letter = decodeDeadLetter(message);
    const content = letter.original.bytes();
    const options = optionsFor(letter, message, actor);
    if (letter.errorCode === STATUS_REFUSED && !letter.original.ok) {
      await this.publisher.publish(ROUTING_KEYS.status, content, options);
      return 'done';
    }
    const requestId = this.requestIdOf(content, message);
    const permit = requestId === undefined ? 'granted' : await this.permit.request(requestId);
    if (permit !== 'granted') return permit;
    await this.publish(letter, content, options);
    if (requestId !== undefined) this.timeline.record(requestId, { event: 'replayed', actor });
    return 'done';
  }

  /** As the consumer will read it. */
  private requestIdOf(content: Buffer, { properties }: ConsumeMessage): string | undefined {
    const body = this.deserializer.read(content);
    if (!body.ok) return undefined;
    const parsed = parseNotification(body.value, { messageId: textOf(properties.messageId) });
    return parsed.ok ? parsed.notification.requestId : undefined;
  }

  /** Through our exchange where the message came that way; a routing key of another team could lead anywhere. */
  private async publish(
    { original: { exchange, routingKey } }: DecodedDeadLetter,
    content: Buffer,
    options: PublishOptions,
  ): Promise<void> {
    const key =
      exchange === this.rabbitmq.exchange
        ? PUSH_BINDINGS.find((binding) => binding === routingKey)
        : undefined;
    const send = (attempt: PublishOptions): Promise<void> =>
      key === undefined
        ? this.publisher.enqueue(this.rabbitmq.pushQueue, content, attempt)
        : this.publisher.publish(key, content, attempt);
    try {
      await send(options);
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      // Headers of another team that cannot be encoded are left out.
      const { [HEADERS.replays]: replays } = options.headers ?? {};
      await send({ ...options, headers: { [HEADERS.replays]: replays } });
    }
  }
}

function optionsFor(
  { replays, errorCode, original }: DecodedDeadLetter,
  { properties }: ConsumeMessage,
  by: string,
): PublishOptions {
  const headers = Object.entries(ownHeaders(properties.headers)).filter(
    ([name]) => !NOT_OF_THE_ORIGINAL.has(name),
  );
  const replay = { at: new Date().toISOString(), by, error_code: errorCode };
  return {
    correlationId: textOf(properties.correlationId),
    messageId: textOf(properties.messageId),
    contentType: original.ok ? 'application/json' : 'application/octet-stream',
    headers: { ...Object.fromEntries(headers), [HEADERS.replays]: withReplay(replays, replay) },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
