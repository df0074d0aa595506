import { Injectable } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';

/** How a queue is consumed. */
export interface ConsumeOptions {
  /** Messages handled at once. */
  prefetch: number;
  /** Milliseconds between a failed handling and giving its message back. @default 1000 */
  retryDelayMs?: number;
}

/** A consumer that is open until it is stopped, across reconnects. */
export interface QueueSubscription {
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it: no more messages; resolves when those in hand are settled or the time is up. @default 10000 */
  stop(timeoutMs?: number): Promise<void>;
}

/** Handles one message: resolve to have it acked, reject to have it given back. */
export type QueueMessageHandler = (message: ConsumeMessage) => Promise<void>;

/** Consumes queues other than `push.queue`, on the connection of the publisher. */
@Injectable()
export class QueueConsumer {
  /** Returns at once; consumes as soon as the broker can be reached. */
  consume(
    _queue: string,
    _options: ConsumeOptions,
    _handler: QueueMessageHandler,
  ): QueueSubscription {
    throw new Error('not built yet');
  }
}
