import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';

/**
 * Milliseconds from a settlement until the broker has surely applied it. A channel of RabbitMQ holds settlements of a
 * quorum queue back while 32 are being applied, and forgets them when it is closed (rabbitmq-server#10327). Nothing
 * reports when the last one is applied; those under way take the queue's replicas one write to disk.
 */
const APPLIED_AFTER_MS = 500;

const settledAt = new WeakMap<Channel, number>();

/** Acks, or does nothing where the channel has closed: the broker delivers the message again then. */
export function ack(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
    settledAt.set(channel, Date.now());
  } catch (error) {
    ignoreClosed(error);
  }
}

/** Requeues, or does nothing where the channel has closed: closing it has requeued the message. */
export function requeue(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.nack(message, false, true);
    settledAt.set(channel, Date.now());
  } catch (error) {
    ignoreClosed(error);
  }
}

/** Resolves when the broker has had the time to apply what was settled on the channel so far: it may be closed then. */
export async function settlementsApplied(channel: Channel): Promise<void> {
  const last = settledAt.get(channel);
  if (last === undefined) return;
  const remainingMs = last + APPLIED_AFTER_MS - Date.now();
  if (remainingMs > 0) await sleep(remainingMs);
}

function ignoreClosed(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'IllegalOperationError') throw error;
}
