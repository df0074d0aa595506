import type { Channel, ConsumeMessage } from 'amqplib';

/** Acks, or does nothing where the channel has closed: the broker delivers the message again then. */
export function ack(channel: Channel, message: ConsumeMessage): void {
  whileOpen(() => channel.ack(message));
}

/** Requeues, or does nothing where the channel has closed: closing it has requeued the message. */
export function giveBack(channel: Channel, message: ConsumeMessage): void {
  whileOpen(() => channel.nack(message, false, true));
}

function whileOpen(settle: () => void): void {
  try {
    settle();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'IllegalOperationError') throw error;
  }
}
