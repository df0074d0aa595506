import {
  connect,
  type ChannelModel,
  type ConfirmChannel,
  type GetMessage,
  type Options,
} from 'amqplib';
import { RABBITMQ_URL } from './servers';

/** A plain RabbitMQ client, as another team would use it. */
export class TestBroker {
  private constructor(
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
    readonly namespace: string,
    private readonly shared: boolean,
  ) {}

  static async open(namespace: string, url = RABBITMQ_URL): Promise<TestBroker> {
    const connection = await connect(url);
    const channel = await connection.createConfirmChannel();
    return new TestBroker(connection, channel, namespace, url === RABBITMQ_URL);
  }

  /** Publishes to the notifications exchange; objects as JSON, everything else as it is. Confirmed. */
  async publish(
    body: object | Buffer,
    { routingKey = 'push', ...options }: Options.Publish & { routingKey?: string } = {},
  ): Promise<void> {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    await new Promise<void>((resolve, reject) => {
      const exchange = `${this.namespace}notifications.direct`;
      this.channel.publish(
        exchange,
        routingKey,
        content,
        { persistent: true, ...options },
        (error) => {
          if (error) reject(error instanceof Error ? error : new Error(String(error)));
          else resolve();
        },
      );
    });
  }

  /** Declares a durable queue, as another team does. @throws where there is one with other arguments */
  async declareQueue(queue: string, args: object): Promise<void> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined);
    await channel.assertQueue(this.namespace + queue, { durable: true, arguments: args });
    await channel.close();
  }

  /** Declares an exclusive queue, as a queue browser of another process does. */
  async lock(queue: string): Promise<void> {
    await this.channel.assertQueue(this.namespace + queue, { exclusive: true, durable: false });
  }

  async unlock(queue: string): Promise<void> {
    await this.channel.deleteQueue(this.namespace + queue);
  }

  /** Messages ready and consumers of a queue; undefined where there is no such queue. */
  async look(queue: string): Promise<{ messages: number; consumers: number } | undefined> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined);
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(this.namespace + queue);
      await channel.close();
      return { messages: messageCount, consumers: consumerCount };
    } catch {
      return undefined;
    }
  }

  /** Messages ready in a queue. */
  async depth(queue: string): Promise<number> {
    return (await this.look(queue))?.messages ?? 0;
  }

  /** Takes every message out of a queue. */
  async take(queue: string): Promise<GetMessage[]> {
    const taken: GetMessage[] = [];
    for (;;) {
      const message = await this.channel.get(this.namespace + queue, { noAck: true });
      if (!message) return taken;
      taken.push(message);
    }
  }

  /** Deletes its queues where the broker is shared. */
  async close(): Promise<void> {
    if (this.shared) await this.deleteAll();
    await this.connection.close();
  }

  private async deleteAll(): Promise<void> {
    const delays = ['1s', '5s', '15s', '60s', '300s', '1800s'].map(
      (delay) => `push.delay.${delay}`,
    );
    for (const queue of ['push.queue', 'failed.queue', 'push.status.queue', ...delays]) {
      await this.channel.deleteQueue(this.namespace + queue);
    }
    await this.channel.deleteExchange(`${this.namespace}notifications.direct`);
  }
}
