import type { ChannelModel, ConfirmChannel } from 'amqplib';

const EXCHANGE = 'notifications.direct';

/** Another team's publisher: straight to the broker, confirmed, on a connection that is opened anew when it breaks. */
export class DirectPublisher {
  private opening?: Promise<ConfirmChannel>;
  private connection?: ChannelModel;

  /** @param connect opens a connection to the broker */
  constructor(private readonly connect: () => Promise<ChannelModel>) {}

  /** @returns whether the broker has confirmed it */
  async publish(body: object | Buffer, headers: Record<string, unknown> = {}): Promise<boolean> {
    try {
      const channel = await (this.opening ??= this.open());
      const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      return await new Promise((resolve) => {
        // A channel that breaks confirms nothing and says nothing.
        const broken = (): void => resolve(false);
        channel.once('close', broken);
        const timestamp = Math.floor(Date.now() / 1000);
        const options = { persistent: true, timestamp, headers };
        channel.publish(EXCHANGE, 'push', content, options, (error) => {
          channel.off('close', broken);
          resolve(!error);
        });
      });
    } catch {
      this.opening = undefined;
      return false;
    }
  }

  async close(): Promise<void> {
    await this.connection?.close().catch(() => undefined);
  }

  private async open(): Promise<ConfirmChannel> {
    const connection = await this.connect();
    this.connection = connection;
    const over = (): void => {
      if (this.connection === connection) this.opening = undefined;
    };
    connection.on('error', over).on('close', over);
    const channel = await connection.createConfirmChannel();
    channel.setMaxListeners(0);
    channel.on('error', over).on('close', over);
    return channel;
  }
}
