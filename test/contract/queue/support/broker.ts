import { randomBytes } from 'node:crypto';
import { loadConfig, RabbitmqConfig } from '@push/config';
import { DELAYS_MS } from '@push/contracts';
import { connect, type Channel, type ChannelModel, type GetMessage, type Options } from 'amqplib';
import { waitFor } from '../../../support/wait-for';

/** The real broker, seen with names of this suite's own; what a publisher or operator would do, without our code. */
export class Broker {
  readonly env: Record<string, string | undefined>;
  readonly config: RabbitmqConfig;
  private connection!: ChannelModel;

  constructor() {
    const namespace = `test-${randomBytes(6).toString('hex')}.`;
    this.env = { RABBITMQ_URL: process.env['RABBITMQ_URL'], QUEUE_NAMESPACE: namespace };
    this.config = loadConfig([RabbitmqConfig], this.env).get(RabbitmqConfig) as RabbitmqConfig;
  }

  get url(): URL {
    return new URL(this.config.urls[0]!);
  }

  get queues(): string[] {
    const { pushQueue, failedQueue, statusQueue } = this.config;
    return [pushQueue, failedQueue, statusQueue, ...DELAYS_MS.map((ms) => this.delayQueue(ms))];
  }

  delayQueue(delayMs: number): string {
    return `${this.config.delayQueuePrefix}.${delayMs / 1000}s`;
  }

  async open(): Promise<void> {
    this.connection = await connect(this.config.urls[0]!);
  }

  /** Does something on a channel of its own, which is gone afterwards, whatever came of it. */
  async on<T>(operation: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined);
    try {
      return await operation(channel);
    } finally {
      await channel.close().catch(() => undefined);
    }
  }

  async publish(
    body: Buffer | object,
    options: Options.Publish & { key?: string } = {},
  ): Promise<void> {
    const channel = await this.connection.createConfirmChannel();
    const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    channel.publish(this.config.exchange, options.key ?? 'push', content, {
      persistent: true,
      ...options,
    });
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Publishes `count` messages `{ request_id: <prefix><n> }`. */
  async publishMany(count: number, prefix = 'r', key = 'push'): Promise<void> {
    const channel = await this.connection.createConfirmChannel();
    for (let n = 0; n < count; n++) {
      const body = Buffer.from(JSON.stringify({ request_id: `${prefix}${n}` }));
      channel.publish(this.config.exchange, key, body, { persistent: true });
    }
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Publishes to a queue for as long as wished, five messages at a time. */
  async publishTo(queue: string, wished: () => boolean): Promise<void> {
    const channel = await this.connection.createConfirmChannel();
    while (wished()) {
      for (let n = 0; n < 5; n++)
        channel.sendToQueue(queue, Buffer.from('{}'), { persistent: true });
      await channel.waitForConfirms();
    }
    await channel.close();
  }

  async exists(queue: string): Promise<boolean> {
    return this.on((channel) => channel.checkQueue(queue)).then(
      () => true,
      () => false,
    );
  }

  async ready(queue = this.config.pushQueue): Promise<number> {
    return (await this.on((channel) => channel.checkQueue(queue))).messageCount;
  }

  async consumers(queue = this.config.pushQueue): Promise<number> {
    return (await this.on((channel) => channel.checkQueue(queue))).consumerCount;
  }

  /** Waits for a message, takes it out. */
  async take(queue: string, timeoutMs?: number): Promise<GetMessage> {
    let taken: GetMessage | undefined;
    await this.on((channel) =>
      waitFor(
        `a message in ${queue}`,
        async () => {
          const message = await channel.get(queue, { noAck: true });
          if (message !== false) taken = message;
          return message !== false;
        },
        timeoutMs,
      ),
    );
    return taken!;
  }

  /** Deletes all that this suite may have made. */
  async clean(): Promise<void> {
    for (const queue of this.queues) await this.on((channel) => channel.deleteQueue(queue));
    await this.on((channel) => channel.deleteExchange(this.config.exchange));
  }

  async close(): Promise<void> {
    await this.clean();
    await this.connection.close();
  }
}
