import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import { refusalOf } from './channel';
import { QueueBrowseError } from './queue.errors';

/** Milliseconds to wait for another browse of the queue to end. */
const LOCK_TIMEOUT_MS = 2000;
const RETRY_MS = 100;

/**
 * One browse of a queue at a time in the whole deployment: of two, each would see only what the other does not hold. The
 * lock is the one consumer of a queue made for it; both go with its channel. (RabbitMQ 3.10 ignores `exclusive` for
 * consumers of quorum queues.)
 * @returns a channel that holds the lock until it is closed
 * @throws {QueueBrowseError}
 */
export async function lockQueue(connection: ChannelModel, queue: string): Promise<Channel> {
  const giveUpAt = Date.now() + LOCK_TIMEOUT_MS;
  const name = `${queue}.walk`;
  for (;;) {
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined); // reported by the operation's promise
      await channel.assertQueue(name, { durable: true, autoDelete: true });
      await channel.consume(name, () => undefined, { exclusive: true });
      return channel;
    } catch (cause) {
      const { code = 0, text = '' } = refusalOf(cause) ?? {};
      // Locked by an older version; deleted between the two steps; locked.
      const busy = code === 405 || code === 404 || text.includes('in exclusive use');
      if (!busy) throw new QueueBrowseError(code ? 'REFUSED' : 'CONNECTION_LOST', { cause });
      if (Date.now() > giveUpAt) throw new QueueBrowseError('BUSY', { cause });
      await sleep(RETRY_MS);
    }
  }
}
