import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import type { Names } from './names';

const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

/** Messages that are unconfirmed at most while a backlog is published. */
const UNCONFIRMED = 2000;

/** A message as it is published. */
export interface Outgoing {
  id: string;
  body: Buffer;
}

/** The bench's own connection to RabbitMQ. */
export class Broker {
  private constructor(
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {}

  static async connect(url: string): Promise<Broker> {
    const connection = await connect(url);
    const channel = await connection.createConfirmChannel();
    // Whoever waits for an answer is told; without a listener the process would end as well.
    for (const one of [connection, channel]) one.on('error', () => undefined);
    return new Broker(connection, channel);
  }

  get version(): string {
    const properties: object = this.connection.connection.serverProperties;
    return 'version' in properties ? String(properties.version) : 'unknown';
  }

  /** Declares the exchange and a queue of statuses, which stay in it to be counted. */
  async declare({ exchange, statusQueue }: Names): Promise<void> {
    await this.channel.assertExchange(exchange, 'direct', { durable: true });
    await this.channel.assertQueue(statusQueue, QUORUM);
    await this.channel.bindQueue(statusQueue, exchange, 'push.status');
  }

  /** Declares the queue of notifications, for those who do not do so themselves. */
  async declarePushQueue({ exchange, pushQueue }: Names): Promise<void> {
    await this.channel.assertQueue(pushQueue, QUORUM);
    await this.channel.bindQueue(pushQueue, exchange, 'push');
  }

  /** Resolves when the broker has confirmed all of them. */
  async publish({ exchange }: Names, messages: Iterable<Outgoing>): Promise<void> {
    let unconfirmed = 0;
    for (const { id, body } of messages) {
      unconfirmed += 1;
      this.channel.publish(exchange, 'push', body, {
        persistent: true,
        contentType: 'application/json',
        correlationId: id,
        messageId: id,
        headers: { 'x-published-at': Date.now() },
      });
      if (unconfirmed < UNCONFIRMED) continue;
      await this.channel.waitForConfirms();
      unconfirmed = 0;
    }
    await this.channel.waitForConfirms();
  }

  /** Messages that wait in a queue; those in a consumer's hand are not counted. */
  async depth(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).messageCount;
  }

  async purge(queue: string): Promise<void> {
    await this.channel.purgeQueue(queue);
  }

  /** Deletes an exchange and queues, those that are there. */
  async remove(exchange: string, queues: readonly string[]): Promise<void> {
    await Promise.all(queues.map((queue) => this.channel.deleteQueue(queue)));
    await this.channel.deleteExchange(exchange);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}
