import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Tracing } from '@push/observability';
import { processEntry } from '../messaging-spans';
import { TopologyService } from '../topology.service';
import { Subscription, type ConsumeOptions, type QueueMessageHandler } from './subscription';

/** A consumer that is open until it is stopped, across reconnects. */
export interface QueueSubscription {
  /** Takes no further messages; those in hand go on. Resolves when the broker has no consumer of ours left. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it: no more messages; resolves when those in hand are settled or the time is up. @default 10000 */
  stop(timeoutMs?: number): Promise<void>;
}

/**
 * Consumes queues other than `push.queue`, on the connection of the publisher. golevelup's own subscribers are not
 * used: one that settles a message after its channel has closed rejects where nobody can catch it.
 */
@Injectable()
export class QueueConsumer implements OnApplicationShutdown {
  private readonly subscriptions = new Set<Subscription>();

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly topology: TopologyService,
    private readonly tracing: Tracing,
  ) {}

  /** Returns at once; consumes as soon as the broker can be reached. Ends with the app if it was not stopped before. */
  consume(queue: string, options: ConsumeOptions, handler: QueueMessageHandler): QueueSubscription {
    const { managedConnection } = this.amqp;
    const subscription = new Subscription(
      managedConnection,
      this.topology,
      queue,
      options,
      (message) =>
        this.tracing.enter(
          () => processEntry(queue, message),
          () => handler(message),
        ),
    );
    this.subscriptions.add(subscription);
    return subscription;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
  }
}
