import type { Channel, ChannelModel } from 'amqplib';
import { refusalOf } from '../channel';
import { attempt } from '../channel';
import { closeChannel } from '../channel';
import { QueueBrowseError } from '../queue.errors';

const RESOURCE_LOCKED = 405;

/**
 * The right to walk through a queue, of one process in the whole deployment: a queue that is exclusive to this
 * connection, and goes with it. (RabbitMQ 3.10 takes no notice of an exclusive consumer on a quorum queue.)
 */
export class WalkLock {
  private constructor(
    private readonly connection: ChannelModel,
    /** For questions about the queue while the lock is held. */
    readonly channel: Channel,
    private readonly name: string,
  ) {}

  /** @throws {QueueBrowseError} BUSY where another process has it */
  static async take(connection: ChannelModel, queue: string): Promise<WalkLock> {
    const name = `${queue}.walk`;
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the operation's promise tells
    try {
      await channel.assertQueue(name, { exclusive: true, durable: false });
      return new WalkLock(connection, channel, name);
    } catch (error) {
      const code = refusalOf(error)?.code === RESOURCE_LOCKED ? 'BUSY' : 'REFUSED';
      throw new QueueBrowseError(code, { cause: error });
    }
  }

  /** Never rejects: a connection that is gone has given it back. */
  async release(): Promise<void> {
    await closeChannel(this.channel);
    // On a channel that is surely open.
    await attempt(this.connection, (channel) => channel.deleteQueue(this.name)).catch(
      () => undefined,
    );
  }
}
