import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { DELAYS_MS } from '@push/contracts';
import type { Channel, ChannelModel } from 'amqplib';
import { refusalOf, within } from './channel';
import { QueueOptions } from './queue.options';
import { delayQueue } from './topology';

export interface QueueDepth {
  /** Messages ready to be delivered; unsettled ones are not counted. */
  messages: number;
  consumers: number;
}

/** The depths of our queues; null for a queue that does not exist. */
export interface QueueDepths {
  push: QueueDepth | null;
  failed: QueueDepth | null;
  /** Null, too, where this deployment does not relay status events. */
  status: QueueDepth | null;
  /** By delay in milliseconds. */
  delays: ReadonlyMap<number, QueueDepth | null>;
}

const FRESH_MS = 1000;
const TIMEOUT_MS = 2000;

/** Reads queue depths over AMQP; no management plugin is needed. */
@Injectable()
export class QueueInspector {
  private channel?: Channel;
  private running?: Promise<QueueDepths | undefined>;
  private latest?: { depths: QueueDepths; at: number };

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly config: RabbitmqConfig,
    private readonly options: QueueOptions,
  ) {}

  /** At most a second old; undefined when the broker does not answer. Never rejects. */
  async depths(): Promise<QueueDepths | undefined> {
    const connection = this.amqp.managedConnection.connection;
    if (connection === undefined) return undefined;
    if (this.latest !== undefined && performance.now() - this.latest.at < FRESH_MS) {
      return this.latest.depths;
    }
    this.running ??= this.inspect(connection).finally(() => (this.running = undefined));
    return this.running;
  }

  private async inspect(connection: ChannelModel): Promise<QueueDepths | undefined> {
    let depths: QueueDepths | undefined;
    await within(TIMEOUT_MS, async () => (depths = await this.readDepths(connection)));
    if (depths !== undefined) this.latest = { depths, at: performance.now() };
    else this.closeChannel();
    return depths;
  }

  private async readDepths(connection: ChannelModel): Promise<QueueDepths> {
    const { pushQueue, failedQueue, statusQueue } = this.config;
    const push = await this.depthOf(connection, pushQueue);
    const failed = await this.depthOf(connection, failedQueue);
    const { relaysStatus } = this.options;
    const status = relaysStatus ? await this.depthOf(connection, statusQueue) : null;
    const delays = new Map<number, QueueDepth | null>();
    for (const delayMs of DELAYS_MS) {
      delays.set(delayMs, await this.depthOf(connection, delayQueue(this.config, delayMs)));
    }
    return { push, failed, status, delays };
  }

  private async depthOf(connection: ChannelModel, queue: string): Promise<QueueDepth | null> {
    const channel = (this.channel ??= await this.open(connection));
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      return { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      this.channel = undefined; // checking a queue that does not exist closes the channel
      if (refusalOf(error)?.code === 404) return null;
      throw error;
    }
  }

  private closeChannel(): void {
    void this.channel?.close().catch(() => undefined);
    this.channel = undefined;
  }

  private async open(connection: ChannelModel): Promise<Channel> {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // reported by the operation's promise
    channel.once('close', () => {
      if (this.channel === channel) this.channel = undefined;
    });
    return channel;
  }
}
