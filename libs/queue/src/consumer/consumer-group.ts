import { Logger } from '@nestjs/common';
import type { Channel, ConsumeMessage } from 'amqplib';
import { cancelAll } from './cancel';

export interface ConsumerGroupOptions {
  queue: string;
  /** Most unsettled messages in all. */
  concurrency: number;
  /** Most unsettled messages a consumer. @default concurrency */
  prefetch?: number;
  /** By how many the concurrency grows: each such part has consumers of its own, so that none is closed in order to grow. */
  step?: number;
  onMessage: (message: ConsumeMessage, channel: Channel) => void;
}

/** A consumer that is open. */
interface Consumer {
  tag: string;
  /** Its prefetch count. */
  share: number;
}

/**
 * The consumers of one queue on one channel: open while they are wanted and there is a channel. The wish is kept here,
 * above the channel, so it survives reconnects; changes of it are carried out one after the other.
 */
export class ConsumerGroup {
  private readonly logger = new Logger(ConsumerGroup.name);
  private concurrency: number;
  private open: Consumer[] = [];
  private channel?: Channel;
  private wanted = true;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConsumerGroupOptions) {
    this.concurrency = options.concurrency;
  }

  /** Consumers that are open. */
  get size(): number {
    return this.open.length;
  }

  /** Moves to a new channel. @throws when the broker refuses to consume */
  async attach(channel: Channel): Promise<void> {
    this.channel = channel;
    this.open = [];
    await this.inTurn();
  }

  detach(channel: Channel): void {
    if (this.channel !== channel) return;
    this.channel = undefined;
    this.open = [];
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

  /**
   * Changes how many unsettled messages there may be in all: closes the consumers that are too many and opens those that
   * are missing, now or when they are wanted. Messages of a closed one stay in hand, and are settled as ever; until then
   * there may be as many more of them.
   */
  async resize(concurrency: number): Promise<void> {
    this.concurrency = concurrency;
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
    const missing = this.wanted ? this.shares : [];
    const surplus = this.open.filter(({ share }) => !takeOut(missing, share));
    this.open = this.open.filter((consumer) => !surplus.includes(consumer));
    await cancelAll(
      channel,
      surplus.map(({ tag }) => tag),
    );
    for (const share of missing) await this.consume(channel, share);
  }

  private async consume(channel: Channel, share: number): Promise<void> {
    // Without `global`, the count is for each consumer opened after it.
    await channel.prefetch(share);
    const { consumerTag: tag } = await channel.consume(this.options.queue, (message) => {
      if (message !== null) this.options.onMessage(message, channel);
      else this.startOver(channel);
    });
    if (this.channel === channel) this.open.push({ tag, share });
  }

  /** Prefetch counts that make the concurrency in all. */
  private get shares(): number[] {
    const { prefetch = this.concurrency, step = this.concurrency } = this.options;
    return parts(this.concurrency, step).flatMap((part) => parts(part, prefetch));
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

/** Divides a whole into parts of a size; the last one takes the remainder. */
function parts(whole: number, size: number): number[] {
  return Array.from({ length: Math.ceil(whole / size) }, (_, index) =>
    Math.min(size, whole - index * size),
  );
}

/** Takes one entry out of a list; false where there is none such. */
function takeOut(list: number[], entry: number): boolean {
  const at = list.indexOf(entry);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
