import { Line, type InLine } from '@push/resilience';
import type { ConfirmChannel } from 'amqplib';
import { messageOf } from '../broker/amqp-errors';
import { closeChannel } from '../broker/close-channel';
import { PublishError } from '../queue.errors';
import type { Outgoing } from './outgoing';
import { Returns } from './returns';

/** A message that the broker has still to confirm. */
interface Unconfirmed extends InLine<Unconfirmed> {
  message: Outgoing;
  /** On the clock of `performance.now`. */
  dueAt: number;
  /** @param routed whether a queue took it */
  resolve: (routed: boolean) => void;
  reject: (error: PublishError) => void;
}

/**
 * What was published on one channel and is not confirmed. Each publish ends: confirmed, refused, lost with its channel,
 * or too late; none is sent twice, or on another channel. Straight on amqplib's channel: the wrapper of
 * amqp-connection-manager has a timer for each message, and may keep some for its next connection.
 */
export class Confirms {
  /** All of them, in the order they came in, which is that of their deadlines: one timer does for all. */
  private readonly unconfirmed = new Line<Unconfirmed>();
  /** Those not handed to the channel, whose buffer is full. */
  private readonly waiting = new Set<Unconfirmed>();
  private readonly returns: Returns;
  private isOpen = true;
  private hasRoom = true;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly channel: ConfirmChannel,
    private readonly timeoutMs: number,
  ) {
    this.returns = new Returns(channel);
    channel.on('drain', () => {
      this.hasRoom = true;
      this.catchUp();
    });
    // amqplib tells its callbacks too, but only up to the first message that was confirmed out of turn.
    channel.once('close', () => this.lose(new Error('channel closed')));
  }

  /** Whether anything can be published on this channel. Once it is not, it never is again. */
  get open(): boolean {
    return this.isOpen;
  }

  /**
   * Publishes while {@link open}. Resolves when the broker has confirmed.
   * @returns whether a queue took it
   * @throws {PublishError}
   */
  send(message: Outgoing): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const dueAt = performance.now() + this.timeoutMs;
      const entry: Unconfirmed = { message, dueAt, resolve, reject };
      this.unconfirmed.add(entry);
      if (this.timer === undefined) this.wakeIn(this.timeoutMs);
      if (this.hasRoom) this.write(entry);
      else this.waiting.add(entry);
    });
  }

  private write(entry: Unconfirmed): void {
    const { exchange, routingKey, content, options } = entry.message;
    try {
      this.hasRoom = this.channel.publish(
        exchange,
        routingKey,
        content,
        options,
        (error: unknown) => this.end(entry, error),
      );
    } catch (error) {
      // By now amqplib has counted it: every later confirm would be taken for that of another message.
      this.lose(error);
      void closeChannel(this.channel);
    }
  }

  private end(entry: Unconfirmed, error: unknown): void {
    const returned = this.returns.take(entry.message);
    if (!this.unconfirmed.delete(entry)) return; // it came too late
    if (error) entry.reject(failure(error));
    else entry.resolve(!returned);
  }

  private catchUp(): void {
    for (const entry of this.waiting) {
      if (!this.hasRoom) return;
      this.waiting.delete(entry);
      this.write(entry);
    }
  }

  private lose(cause: unknown): void {
    this.isOpen = false;
    clearTimeout(this.timer);
    this.waiting.clear();
    for (let entry = this.unconfirmed.first; entry; entry = this.unconfirmed.first) {
      this.unconfirmed.delete(entry);
      entry.reject(failure(cause));
    }
  }

  private wakeIn(ms: number): void {
    this.timer = setTimeout(() => this.expire(), Math.ceil(ms)).unref();
  }

  private expire(): void {
    this.timer = undefined;
    const now = performance.now();
    for (let entry = this.unconfirmed.first; entry; entry = this.unconfirmed.first) {
      if (entry.dueAt > now) {
        this.wakeIn(entry.dueAt - now);
        return;
      }
      this.unconfirmed.delete(entry);
      this.waiting.delete(entry);
      entry.reject(this.timeout());
    }
  }

  private timeout(): PublishError {
    return new PublishError(
      'TIMEOUT',
      `RabbitMQ did not confirm the message within ${this.timeoutMs} ms`,
      { cause: new Error('timeout') },
    );
  }
}

function failure(cause: unknown): PublishError {
  return messageOf(cause) === 'message nacked'
    ? new PublishError('NACKED', 'RabbitMQ refused the message: its queue is full or unavailable', {
        cause,
      })
    : new PublishError(
        'CONNECTION_LOST',
        'The connection to RabbitMQ broke before it confirmed the message',
        { cause },
      );
}
