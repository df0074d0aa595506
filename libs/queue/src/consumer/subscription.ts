import { Logger } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ConsumeMessage } from 'amqplib';
import { ack, requeue as giveBack } from '../settle';
import { ChannelKeeper } from '../broker/channel-keeper';
import { pause, within } from '../broker/time';
import type { TopologyService } from '../topology.service';
import { ConsumerGroup } from './consumer-group';

/** How a queue is consumed. */
export interface ConsumeOptions {
  /** Messages handled at once. */
  prefetch: number;
  /** Milliseconds between a failed handling and giving its message back. @default 1000 */
  retryDelayMs?: number;
}

/** Handles one message: resolve to have it acked, reject to have it given back. */
export type QueueMessageHandler = (message: ConsumeMessage) => Promise<void>;

/** One consumer of one queue, for as long as it is not stopped. */
export class Subscription {
  private readonly logger = new Logger(Subscription.name);
  private readonly consumers: ConsumerGroup;
  private readonly keeper: ChannelKeeper;
  private readonly inHand = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private stopped?: Promise<void>;

  constructor(
    manager: AmqpConnectionManager,
    topology: TopologyService,
    private readonly queue: string,
    private readonly options: ConsumeOptions,
    private readonly handler: QueueMessageHandler,
  ) {
    this.consumers = new ConsumerGroup({
      queue,
      concurrency: options.prefetch,
      onMessage: (message, channel) => this.take(message, channel),
    });
    this.keeper = new ChannelKeeper(manager, {
      name: queue,
      setup: async (channel, connection) => {
        await topology.ensure(connection);
        await this.consumers.attach(channel);
      },
      onLost: (channel) => this.consumers.detach(channel),
    });
  }

  pause(): Promise<void> {
    return this.consumers.stop();
  }

  async resume(): Promise<void> {
    if (this.stopped === undefined) await this.consumers.start();
  }

  stop(timeoutMs = 10_000): Promise<void> {
    return (this.stopped ??= this.end(timeoutMs));
  }

  private async end(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    await within(timeoutMs, async () => {
      await this.consumers.stop();
      while (this.inHand.size > 0) await Promise.all(this.inHand);
    });
    await this.keeper.close();
  }

  private take(message: ConsumeMessage, channel: Channel): void {
    const handling = this.handle(message, channel).finally(() => this.inHand.delete(handling));
    this.inHand.add(handling);
  }

  private async handle(message: ConsumeMessage, channel: Channel): Promise<void> {
    try {
      await this.handler(message);
      ack(channel, message);
    } catch (error) {
      this.logger.error(
        { err: error, queue: this.queue },
        'Message could not be handled; given back',
      );
      await pause(this.options.retryDelayMs ?? 1000, this.stopping.signal);
      giveBack(channel, message);
    }
  }
}
