import type { ConfirmChannel, Message } from 'amqplib';
import type { Outgoing } from './outgoing';

/**
 * Messages that the broker found no queue for, by identity. On the same channel the confirm of each follows, so that
 * none is noted for longer than that takes.
 */
export class Returns {
  private readonly noted = new Map<string, number>();

  constructor(channel: ConfirmChannel) {
    channel.on('return', (message: Message) => this.note(message));
  }

  /** Whether a message that is now confirmed had come back. */
  take({ exchange, routingKey, options }: Outgoing): boolean {
    if (this.noted.size === 0) return false;
    const key = identity(exchange, routingKey, options.messageId);
    const count = this.noted.get(key);
    if (count === undefined) return false;
    if (count > 1) this.noted.set(key, count - 1);
    else this.noted.delete(key);
    return true;
  }

  private note({ fields, properties }: Message): void {
    const key = identity(fields.exchange, fields.routingKey, String(properties.messageId));
    this.noted.set(key, (this.noted.get(key) ?? 0) + 1);
  }
}

function identity(exchange: string, routingKey: string, messageId: string): string {
  return `${exchange}\n${routingKey}\n${messageId}`;
}
