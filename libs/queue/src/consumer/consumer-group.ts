import { Logger } from '@nestjs/common';
import type { Channel, ConsumeMessage } from 'amqplib';

export interface ConsumerGroupOptions {
  queue: string;
  /** Most unsettled messages in all. */
  concurrency: number;
  /** Most unsettled messages a consumer. @default concurrency */
  prefetch?: number;
  onMessage: (message: ConsumeMessage, channel: Channel) => void;
}

/**
 * The consumers of one queue on one channel: open while they are wanted and there is a channel. The wish is kept here,
 * above the channel, so it survives reconnects; changes of it are carried out one after the other.
 */
export class ConsumerGroup {
  private readonly logger = new Logger(ConsumerGroup.name);
  private readonly shares: readonly number[];
  private tags: string[] = [];
  private channel?: Channel;
  private wanted = true;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConsumerGroupOptions) {
    this.shares = shares(options.concurrency, options.prefetch ?? options.concurrency);
  }

  /** Moves to a new channel. @throws when the broker refuses to consume */
  async attach(channel: Channel): Promise<void> {
    this.channel = channel;
    this.tags = [];
    await this.inTurn();
  }

  detach(channel: Channel): void {
    if (this.channel !== channel) return;
    this.channel = undefined;
    this.tags = [];
  }

  /** Opens the consumers, now or when there is a channel. A channel that breaks meanwhile is its keeper's affair. */
  async start(): Promise<void> {
    this.wanted = true;
    await this.inTurn().catch(() => undefined);
  }

  /** Cancels the consumers: once this resolves no further message arrives. */
  async stop(): Promise<void> {
    this.wanted = false;
    await this.inTurn().catch(() => undefined);
  }

  /** Resolves when the wishes so far are carried out. */
  async atRest(): Promise<void> {
    await this.running.catch(() => undefined);
  }

  private inTurn(): Promise<void> {
    this.running = this.running.catch(() => undefined).then(() => this.carryOut());
    return this.running;
  }

  private async carryOut(): Promise<void> {
    const channel = this.channel;
    if (channel === undefined) return;
    if (this.wanted && this.tags.length === 0) await this.open(channel);
    else if (!this.wanted) {
      await Promise.all(this.tags.splice(0).map((tag) => channel.cancel(tag)));
    }
  }

  private async open(channel: Channel): Promise<void> {
    const tags: string[] = [];
    for (const share of this.shares) {
      // Without `global`, the count is for each consumer opened after it.
      await channel.prefetch(share);
      const { consumerTag } = await channel.consume(this.options.queue, (message) => {
        if (message !== null) this.options.onMessage(message, channel);
        else this.startOver(channel);
      });
      tags.push(consumerTag);
    }
    if (this.channel === channel) this.tags = tags;
  }

  /** The broker has cancelled a consumer, as when the queue was deleted: the channel's keeper sets all up anew. */
  private startOver(channel: Channel): void {
    if (this.channel !== channel) return;
    this.detach(channel);
    this.logger.warn(
      { queue: this.options.queue },
      'RabbitMQ cancelled a consumer, as when its queue is deleted; declaring and consuming again',
    );
    void channel.close().catch(() => undefined);
  }
}

/** Prefetch counts that make `concurrency` in all; the last one takes the remainder. */
function shares(concurrency: number, prefetch: number): number[] {
  const count = Math.ceil(concurrency / prefetch);
  return Array.from({ length: count }, (_, index) =>
    Math.min(prefetch, concurrency - index * prefetch),
  );
}
