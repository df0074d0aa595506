import { Logger } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { closeChannel, messageOf } from './channel';
import { setUpConnection } from './connection';
import { settlementsApplied } from './settle';
import type { TopologyService } from './topology.service';

/** Milliseconds before consumers that the broker has closed are opened again. */
const REOPEN_MS = 1000;

export interface ConsumerGroupOptions {
  queue: string;
  topology: Pick<TopologyService, 'ensure'>;
  /** Most unsettled messages of all consumers. */
  concurrency: number;
  /** Most unsettled messages of one consumer. @default concurrency */
  prefetch?: number;
  onMessage: (message: ConsumeMessage, channel: Channel) => void;
  /** The channel is gone; the broker delivers again what is unsettled on it. */
  onLost?: () => void;
}

interface Consumer {
  tag: string;
  prefetch: number;
  priority: number;
}

/**
 * The consumers of one queue, on one channel. Whether they are wanted is kept here, so it survives reconnects; changes
 * are carried out one after the other.
 *
 * Each consumer has a priority of its own, and the lowest is cancelled first. RabbitMQ takes a message back that is on its
 * way to a quorum queue's consumer just cancelled, counts a delivery, and delivers it to the next consumer; with that one
 * cancelled a moment later, and so on, a message could reach its delivery limit without ever reaching us. With priorities
 * messages are on their way to the consumer that is cancelled last. (Measured in 60 stops of ten consumers: counted once
 * at most; without priorities up to four times.)
 */
export class ConsumerGroup {
  private readonly logger = new Logger(ConsumerGroup.name);
  private readonly prefetch: number;
  private concurrency: number;
  private channel?: Channel;
  private ready = false;
  private consumers: Consumer[] = [];
  private wanted = true;
  private closed = false;
  private changes = 0;
  private lastChange: Promise<void> = Promise.resolve();
  private failedSetUps = 0;
  private lastProblem?: string;

  constructor(private readonly options: ConsumerGroupOptions) {
    this.concurrency = options.concurrency;
    this.prefetch = options.prefetch ?? options.concurrency;
  }

  /** Whether the channel is open and the topology exists, so that all wanted consumers are open. */
  get connected(): boolean {
    return this.ready;
  }

  /** Consumers that are open. */
  get size(): number {
    return this.consumers.length;
  }

  /** Set-ups that have failed so far. */
  get failures(): number {
    return this.failedSetUps;
  }

  /** Whether consumers are being opened or cancelled. */
  get changing(): boolean {
    return this.changes > 0;
  }

  /** Whether a channel is in use: what was delivered on any other is the broker's again. */
  uses(channel: Channel): boolean {
    return this.channel === channel;
  }

  /** To be called for each new connection: ensures the topology and opens the consumers. Never rejects. */
  async setUp(manager: AmqpConnectionManager): Promise<void> {
    await setUpConnection(
      manager,
      async (connection) => {
        await this.options.topology.ensure(connection);
        await this.attach(connection, manager);
      },
      (error) => {
        this.failedSetUps += 1;
        void this.detach();
        this.report(messageOf(error));
      },
    );
  }

  /** Opens the consumers, now or when there is a connection. */
  async open(): Promise<void> {
    this.wanted = true;
    await this.change().catch(() => undefined);
  }

  /** Cancels the consumers: once this resolves, no more messages arrive. */
  async cancel(): Promise<void> {
    this.wanted = false;
    await this.change().catch(() => undefined);
  }

  /**
   * Changes how many unsettled messages there may be: cancels consumers that are too many, opens those that are missing.
   * Messages of a cancelled consumer stay unsettled; until they are settled there may be as many more.
   */
  async resize(concurrency: number): Promise<void> {
    this.concurrency = concurrency;
    await this.change().catch(() => undefined);
  }

  /** Resolves when all changes asked for so far are carried out. */
  async changed(): Promise<void> {
    await this.lastChange.catch(() => undefined);
  }

  /** Closes the channel for good, once the broker has applied what was settled; it requeues what was not. */
  async close(): Promise<void> {
    this.closed = true;
    const { channel } = this;
    if (channel === undefined) return;
    await settlementsApplied(channel);
    await this.detach();
  }

  private async attach(connection: ChannelModel, manager: AmqpConnectionManager): Promise<void> {
    if (this.closed) return;
    const channel = await connection.createChannel();
    let reason: string | undefined;
    channel.on('error', (error: unknown) => (reason = messageOf(error)));
    channel.once('close', () => this.lose(channel, manager, reason));
    this.consumers = [];
    this.channel = channel;
    await this.change();
    if (this.channel !== channel) throw new Error(reason ?? 'the channel was closed');
    this.ready = true;
    this.lastProblem = undefined;
  }

  private async detach(): Promise<void> {
    const { channel } = this;
    this.channel = undefined;
    this.ready = false;
    this.consumers = [];
    this.options.onLost?.();
    if (channel !== undefined) await closeChannel(channel);
  }

  private lose(channel: Channel, manager: AmqpConnectionManager, reason?: string): void {
    if (this.channel !== channel) return;
    const { ready } = this;
    void this.detach();
    if (!ready) return; // the set-up fails, and is repeated
    if (reason !== undefined) this.report(reason);
    const { connection } = manager;
    const again = (): void => {
      // A new connection is set up by itself.
      if (connection !== undefined && manager.connection === connection) void this.setUp(manager);
    };
    setTimeout(again, REOPEN_MS).unref();
  }

  private change(): Promise<void> {
    this.changes += 1;
    this.lastChange = this.lastChange
      .catch(() => undefined)
      .then(() => this.carryOut())
      .finally(() => (this.changes -= 1));
    return this.lastChange;
  }

  private async carryOut(): Promise<void> {
    const { channel } = this;
    if (channel === undefined) return;
    const missing = this.wanted ? this.shares() : [];
    const surplus = this.consumers.filter(({ prefetch }) => !takeOut(missing, prefetch));
    this.consumers = this.consumers.filter((consumer) => !surplus.includes(consumer));
    surplus.sort((one, other) => one.priority - other.priority);
    // amqplib sends each when the one before it is answered.
    await Promise.all(surplus.map(({ tag }) => channel.cancel(tag)));
    for (const prefetch of missing) await this.consume(channel, prefetch);
  }

  private async consume(channel: Channel, prefetch: number): Promise<void> {
    const taken = new Set(this.consumers.map(({ priority }) => priority));
    let priority = 0;
    while (taken.has(priority)) priority -= 1;
    const onMessage = (message: ConsumeMessage | null): void => {
      if (message !== null) this.options.onMessage(message, channel);
      else void closeChannel(channel); // the broker cancelled the consumer, as when its queue is deleted
    };
    await channel.prefetch(prefetch);
    const { consumerTag: tag } = await channel.consume(this.options.queue, onMessage, { priority });
    if (this.channel === channel) this.consumers.push({ tag, prefetch, priority });
  }

  /** Prefetch counts of the consumers; together they make the concurrency. */
  private shares(): number[] {
    const { concurrency, prefetch } = this;
    return Array.from({ length: Math.ceil(concurrency / prefetch) }, (_, index) =>
      Math.min(prefetch, concurrency - index * prefetch),
    );
  }

  /** Once per problem. */
  private report(reason: string): void {
    if (reason === this.lastProblem) return;
    this.lastProblem = reason;
    this.logger.error(
      { queue: this.options.queue, reason },
      'No message is consumed; trying again',
    );
  }
}

/** Takes one entry out of a list; false where the list has none such. */
function takeOut(list: number[], entry: number): boolean {
  const index = list.indexOf(entry);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
