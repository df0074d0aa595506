import type { Channel, ConsumeMessage } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Milliseconds from a settlement until the broker has surely carried it out. A channel of RabbitMQ holds settlements of
 * a quorum queue back while 32 are under way, and forgets them when it is closed (rabbitmq-server#10327). Nothing tells
 * when the last is carried out; what is under way takes the queue's replicas one write to their disks.
 */
const CARRIED_OUT_MS = 500;

const settledAt = new WeakMap<Channel, number>();

/** Acks, or does nothing where the channel has closed: the broker delivers the message again then. */
export function ack(channel: Channel, message: ConsumeMessage): void {
  whileOpen(channel, () => channel.ack(message));
}

/** Requeues, or does nothing where the channel has closed: closing it has requeued the message. */
export function giveBack(channel: Channel, message: ConsumeMessage): void {
  whileOpen(channel, () => channel.nack(message, false, true));
}

/** Resolves when the broker has had the time to carry out what was settled on the channel so far: it may be closed then. */
export async function carriedOut(channel: Channel): Promise<void> {
  const last = settledAt.get(channel);
  if (last === undefined) return;
  const rest = last + CARRIED_OUT_MS - Date.now();
  if (rest > 0) await sleep(rest);
}

function whileOpen(channel: Channel, settle: () => void): void {
  try {
    settle();
    settledAt.set(channel, Date.now());
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'IllegalOperationError') throw error;
  }
}
