import { setTimeout as sleep } from 'node:timers/promises';
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Tracing } from '@push/observability';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ConsumeMessage } from 'amqplib';
import { within } from './channel';
import { ConsumerGroup } from './consumer-group';
import { processEntry } from './messaging-spans';
import { ack, requeue } from './settle';
import { TopologyService } from './topology.service';

/** Most milliseconds for the broker to close the channel. */
const CLOSE_TIMEOUT_MS = 5000;

/** How a queue is consumed. */
export interface ConsumeOptions {
  /** Messages handled at once. */
  prefetch: number;
  /** Milliseconds before a message whose handler failed is requeued. @default 1000 */
  retryDelayMs?: number;
}

/** Handles one message: resolve to have it acked, reject to have it requeued. */
export type QueueMessageHandler = (message: ConsumeMessage) => Promise<void>;

/** A consumer that is open until it is stopped, across reconnects. */
export interface QueueSubscription {
  /** Stops consuming; resolves when all messages in flight are settled or the time is up. @default 10000 */
  stop(timeoutMs?: number): Promise<void>;
}

/**
 * Consumes queues other than `push.queue`, on golevelup's connection. Not with golevelup's `createSubscriber`: a
 * subscriber whose set-up fails, as when the connection breaks meanwhile, rejects where nothing can catch it, which ends
 * the process; one that the broker cancels, as when its queue is deleted, is not opened again; and one that was cancelled
 * comes back with the next connection (golevelup/nestjs#725).
 */
@Injectable()
export class QueueConsumer implements OnApplicationShutdown {
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly topology: TopologyService,
    private readonly tracing: Tracing,
  ) {}

  /** Returns at once; consumes as soon as the broker can be reached. Stops with the app if it was not stopped before. */
  consume(queue: string, options: ConsumeOptions, handler: QueueMessageHandler): QueueSubscription {
    const subscription = new Subscription(
      this.amqp.managedConnection,
      this.topology,
      queue,
      options,
      (message) =>
        this.tracing.enter(
          () => processEntry(queue, message),
          () => handler(message),
        ),
    );
    this.subscriptions.push(subscription);
    return subscription;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }
}

class Subscription implements QueueSubscription {
  private readonly logger = new Logger(QueueConsumer.name);
  private readonly consumers: ConsumerGroup;
  private readonly inFlight = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private stopped?: Promise<void>;
  private readonly onConnect = (): void => void this.consumers.setUp(this.manager);

  constructor(
    private readonly manager: AmqpConnectionManager,
    topology: TopologyService,
    private readonly queue: string,
    private readonly options: ConsumeOptions,
    private readonly handler: QueueMessageHandler,
  ) {
    this.consumers = new ConsumerGroup({
      queue,
      topology,
      concurrency: options.prefetch,
      onMessage: (message, channel) => {
        const handling = this.handle(message, channel).finally(() =>
          this.inFlight.delete(handling),
        );
        this.inFlight.add(handling);
      },
    });
    manager.on('connect', this.onConnect);
    this.onConnect();
  }

  stop(timeoutMs = 10_000): Promise<void> {
    return (this.stopped ??= this.end(timeoutMs));
  }

  private async end(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    this.manager.removeListener('connect', this.onConnect);
    await within(timeoutMs, async () => {
      await this.consumers.cancel();
      while (this.inFlight.size > 0) await Promise.all(this.inFlight);
    });
    await within(CLOSE_TIMEOUT_MS, () => this.consumers.close());
  }

  private async handle(message: ConsumeMessage, channel: Channel): Promise<void> {
    try {
      await this.handler(message);
      ack(channel, message);
    } catch (error) {
      this.logger.error(
        { err: error, queue: this.queue },
        'Message could not be handled; requeued',
      );
      const { signal } = this.stopping;
      const { retryDelayMs = 1000 } = this.options;
      await sleep(retryDelayMs, undefined, { signal }).catch(() => undefined);
      requeue(channel, message);
    }
  }
}
