import type { Channel } from 'amqplib';

/** Class 60, method 30 of AMQP 0-9-1. */
const BASIC_CANCEL = (60 << 16) | 30;

/** What amqplib's types leave out of a channel. */
interface FrameSender {
  sendImmediately(method: number, fields: object): void;
  unregisterConsumer(tag: string): void;
}

/**
 * Cancels consumers of one channel, all in one go; once this resolves nothing more comes to any of them.
 *
 * Not one by one, each awaiting its answer, as amqplib's `cancel` would: what is on its way to a quorum queue's consumer
 * that was just cancelled, RabbitMQ takes back, counts as a delivery and hands to the next one. With that one cancelled a
 * moment later, and so on, a message could go through all of them and past its delivery limit, never having reached us
 * (seen: up to four times in 60 stops of ten consumers; in one go, once).
 */
export async function cancelAll(channel: Channel, tags: readonly string[]): Promise<void> {
  const last = tags.at(-1);
  if (last === undefined) return;
  const sender = channel as unknown as FrameSender;
  const others = tags.slice(0, -1);
  for (const consumerTag of others) {
    sender.sendImmediately(BASIC_CANCEL, { consumerTag, nowait: true });
  }
  // Answered when those before it are carried out: a channel does one thing after the other.
  await channel.cancel(last);
  for (const tag of others) sender.unregisterConsumer(tag);
}
