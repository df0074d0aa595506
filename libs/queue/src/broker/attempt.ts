import type { Channel, ChannelModel } from 'amqplib';
import { closeChannel } from './close-channel';
import { refusalOf, type Refusal } from './amqp-errors';

export type Attempt<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/**
 * Tries an operation on a channel of its own, as the broker closes the channel of whatever it refuses.
 * @throws when the connection breaks
 */
export async function attempt<T>(
  connection: ChannelModel,
  operation: (channel: Channel) => Promise<T>,
): Promise<Attempt<T>> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined); // the operation's promise tells
  try {
    const value = await operation(channel);
    await closeChannel(channel);
    return { ok: true, value };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { ok: false, refusal };
  }
}
