import { Injectable } from '@nestjs/common';
import type { MessageProperties } from 'amqplib';

/** What a message carries beside its body. */
export interface PublishOptions {
  headers?: Record<string, unknown>;
  correlationId?: string;
  /** @default a random one */
  messageId?: string;
  priority?: number;
  /** @default 'application/json' */
  contentType?: string;
  /** Whether a message that no queue is bound for is an error. @default true */
  mandatory?: boolean;
}

/** A message as it came: any amqplib message, or what is kept of one. */
export interface Parkable {
  content: Buffer;
  properties: Partial<MessageProperties>;
}

/** Publishes persistent messages, each confirmed by the broker before the promise resolves. */
@Injectable()
export class Publisher {
  /** Whether a message could be published now. */
  get connected(): boolean {
    throw new Error('not built yet');
  }

  /**
   * Publishes to the notifications exchange. Resolves once the broker has confirmed, so the message is on disk.
   * @param body bytes as they are, anything else as JSON
   * @throws {PublishError} at once when there is no connection; nothing is kept for later
   */
  async publish(_routingKey: string, _body: object, _options: PublishOptions = {}): Promise<void> {
    throw new Error('not built yet');
  }

  /**
   * Puts a copy of a message into the delay queue that fits, from which it returns to `push.queue` by itself: bytes,
   * properties and headers as they were, with `x-not-before` and `x-parked-count`. Ack the original afterwards.
   * @param delayMs the longest delay queue is used where it is longer than all
   * @throws {PublishError} as `publish`
   */
  async park(
    _message: Parkable,
    _delayMs: number,
    _extraHeaders: Record<string, unknown> = {},
  ): Promise<void> {
    throw new Error('not built yet');
  }
}
