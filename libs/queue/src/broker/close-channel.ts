import type { Channel } from 'amqplib';

/**
 * Closes a channel; resolves when it is closed, by whatever cause. amqplib's own promise stays open for ever when the
 * connection breaks meanwhile. Never rejects.
 */
export async function closeChannel(channel: Channel): Promise<void> {
  await new Promise<void>((resolve) => {
    channel.once('close', resolve);
    // Refused where it is closed already: by the broker, or with its connection.
    channel.close().then(resolve, () => resolve());
  });
}
