import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { HEADERS } from '@push/contracts';
import { inDescribedSpan, isTraceparent, traceHeaders } from '@push/observability';
import type { Options } from 'amqplib';
import {
  checkHeaders,
  copiedProperties,
  deathHeaders,
  delayFor,
  parkingHeaders,
  shortString,
  withoutForeignHeaders,
  type Parkable,
} from './message-headers';
import { sendOutline } from './messaging-spans';
import { PublishChannel } from './publish-channel';
import { PublishError } from './queue.errors';
import { delayQueue } from './topology';

/** What a message has besides its body. */
export interface PublishOptions {
  headers?: Record<string, unknown>;
  /** Truncated to 255 bytes, as is the message id. */
  correlationId?: string;
  /** @default a random one */
  messageId?: string;
  priority?: number;
  /** @default 'application/json' */
  contentType?: string;
  /** Whether a message that no queue is bound for is an error. @default true */
  mandatory?: boolean;
}

/** Publishes persistent messages, each confirmed by the broker before the promise resolves. */
@Injectable()
export class Publisher {
  private readonly logger = new Logger(Publisher.name);

  constructor(
    private readonly channel: PublishChannel,
    private readonly config: RabbitmqConfig,
  ) {}

  /** Whether a message can be published now. */
  get connected(): boolean {
    return this.channel.ready;
  }

  /**
   * Publishes to the notifications exchange. Resolves once the broker has confirmed, so the message is on disk.
   * @param body bytes as they are, anything else as JSON
   * @throws {PublishError} NOT_CONNECTED at once while there is no connection; nothing is kept to be sent later
   */
  async publish(routingKey: string, body: object, options: PublishOptions = {}): Promise<void> {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    await this.send(this.config.exchange, routingKey, content, withDefaults(options));
  }

  /**
   * Publishes a copy of a message to the delay queue that fits, from which the broker returns it to `push.queue`: bytes,
   * properties and headers unchanged, with `x-not-before` and `x-parked-count` added. Headers that AMQP cannot carry are
   * left out; the message is not refused for them. Ack the original afterwards.
   * @param delayMs the longest delay queue is used for anything longer
   * @throws {PublishError} as `publish`
   */
  async park(
    message: Parkable,
    delayMs: number,
    extraHeaders: Record<string, unknown> = {},
  ): Promise<void> {
    const headers = { ...extraHeaders, ...parkingHeaders(message, delayMs, Date.now()) };
    await this.copyTo(delayQueue(this.config, delayFor(delayMs)), message, headers);
  }

  /**
   * Publishes a copy of a message to the end of `push.queue`; its delivery count starts at 0, and its expiration starts
   * anew. Headers as for `park`. Ack the original afterwards.
   * @throws {PublishError} as `publish`
   */
  async requeueCopy(message: Parkable, extraHeaders: Record<string, unknown> = {}): Promise<void> {
    const { expiration } = message.properties;
    const headers = { ...extraHeaders, [HEADERS.renewed]: true };
    await this.copyTo(this.config.pushQueue, message, headers, { expiration });
  }

  /**
   * Publishes directly to a queue, not through the exchange; otherwise as `publish`.
   * @throws {PublishError} as `publish`
   */
  async enqueue(queue: string, content: Buffer, options: PublishOptions = {}): Promise<void> {
    await this.send('', queue, content, withDefaults(options));
  }

  /**
   * Publishes a copy of a message to the end of its queue with all its headers, `x-death` included; its delivery count
   * starts at 0. Ack the original afterwards.
   * @throws {PublishError} as `publish`
   */
  async replaceInQueue(queue: string, message: Parkable): Promise<void> {
    const { expiration, messageId = '' } = message.properties;
    const properties = copiedProperties(message, deathHeaders(message.properties.headers));
    const options = { ...properties, expiration, messageId, mandatory: true };
    await this.send('', queue, message.content, options);
  }

  private async copyTo(
    queue: string,
    message: Parkable,
    headers: Record<string, unknown>,
    more: Options.Publish = {},
  ): Promise<void> {
    const send = (original: Parkable): Promise<void> => {
      const properties = { ...copiedProperties(original, headers), ...more };
      return this.send('', queue, message.content, { ...properties, mandatory: true });
    };
    try {
      await send(message);
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      this.logger.warn(
        { message_id: message.properties.messageId, queue, reason: error.message },
        "The headers of a message's publisher cannot be encoded; its copy is sent without them",
      );
      await send(withoutForeignHeaders(message));
    }
  }

  private send(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish,
  ): Promise<void> {
    return inDescribedSpan(
      () => sendOutline({ exchange, routingKey, content, ...options }),
      () => this.confirm(exchange, routingKey, content, options),
    );
  }

  /** A message that belongs to a trace already, as a copy does, keeps it. */
  private async confirm(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish,
  ): Promise<void> {
    const given = (options.headers ?? {}) as Record<string, unknown>;
    const trace = isTraceparent(given[HEADERS.traceparent]) ? undefined : traceHeaders();
    const headers = trace ? { ...given, ...trace } : given;
    checkHeaders(headers);
    await this.channel.publish({
      exchange,
      routingKey,
      content,
      options: {
        ...options,
        headers,
        correlationId: options.correlationId && shortString(options.correlationId),
        messageId: shortString(options.messageId ?? randomUUID()),
        timestamp: options.timestamp ?? Math.floor(Date.now() / 1000),
        persistent: true,
      },
    });
  }
}

function withDefaults(options: PublishOptions): Options.Publish {
  const headers = { [HEADERS.publishedAt]: Date.now(), ...options.headers };
  return { contentType: 'application/json', mandatory: true, ...options, headers };
}
