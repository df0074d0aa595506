import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { DELAYS_MS } from '@push/contracts';
import type { Channel, ChannelModel } from 'amqplib';
import { refusalOf } from './channel';
import { within } from './broker/time';
import { QueueOptions } from './queue.options';
import { delayQueue } from './topology';

export interface QueueDepth {
  /** Messages ready to be delivered; those that a consumer holds are not counted. */
  messages: number;
  consumers: number;
}

/** What is in our queues; null for a queue that does not exist. */
export interface QueueDepths {
  push: QueueDepth | null;
  failed: QueueDepth | null;
  /** Null, too, where this stack does not relay status events. */
  status: QueueDepth | null;
  /** By waiting time in milliseconds. */
  delays: ReadonlyMap<number, QueueDepth | null>;
}

const FRESH_MS = 1000;
const TIMEOUT_MS = 2000;

/** Looks into the queues over AMQP, with no need of the management plugin. */
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

  /** At most a second old; undefined when the broker cannot be asked. Never rejects. */
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
    await within(TIMEOUT_MS, async () => (depths = await this.ask(connection)));
    if (depths !== undefined) this.latest = { depths, at: performance.now() };
    else this.giveUp();
    return depths;
  }

  private async ask(connection: ChannelModel): Promise<QueueDepths> {
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
      this.channel = undefined; // asking for a queue that is not there closes the channel
      if (refusalOf(error)?.code === 404) return null;
      throw error;
    }
  }

  private giveUp(): void {
    void this.channel?.close().catch(() => undefined);
    this.channel = undefined;
  }

  private async open(connection: ChannelModel): Promise<Channel> {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the question's own promise tells
    channel.once('close', () => {
      if (this.channel === channel) this.channel = undefined;
    });
    return channel;
  }
}
