import { RmqContext } from '@nestjs/microservices';
import { HEADERS } from '@push/contracts';
import type { Channel, ConsumeMessage } from 'amqplib';

/** The only pattern of this transport: every message of `push.queue` is a push. */
export const PUSH_PATTERN = 'push';

/** How a message is settled; `fail` is a requeue that counts as a delivery. */
export type Settlement = 'ack' | 'requeue' | 'fail';

/** Carries out a settlement on the channel that delivered the message. */
export type Settle = (context: PushContext, settlement: Settlement) => void;

/** One delivery of a message: what the transport knows about it, and how to settle it. The second argument of the handler. */
export class PushContext extends RmqContext {
  /** Whether the broker has delivered it before, to anyone. */
  readonly redelivered: boolean;
  /** Whether anyone may have processed it before: it was redelivered, parked or requeued as a copy. */
  readonly seenBefore: boolean;
  /** Times the broker has delivered it before; always 0 in a classic queue, which does not count. */
  readonly deliveryCount: number;
  /** Times it has been parked. */
  readonly parkedCount: number;
  /** Sends that had failed when it was parked. */
  readonly tries: number;
  /** Parkings that count towards the maximum. */
  readonly waits: number;
  /** Results of devices that are done, as JSON: what an earlier worker could record nowhere else. */
  readonly deviceResults?: string;
  /** Epoch milliseconds before which it must not be processed. */
  readonly notBefore?: number;
  /** From the AMQP property, else from the header. */
  readonly correlationId?: string;
  readonly messageId?: string;
  /** Epoch milliseconds: our own header, else the AMQP timestamp, which some publishers set in milliseconds. */
  readonly publishedAt?: number;
  readonly exchange: string;
  readonly routingKey: string;
  private isSettled = false;
  private hasSucceeded = false;

  /** @param message the message itself, its bytes unchanged */
  constructor(
    readonly message: ConsumeMessage,
    readonly channel: Channel,
    private readonly settle: Settle,
  ) {
    super([message, channel, PUSH_PATTERN]);
    const { fields, properties } = message;
    const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
    this.redelivered = fields.redelivered;
    this.exchange = fields.exchange;
    this.routingKey = fields.routingKey;
    this.messageId = text(properties.messageId);
    this.correlationId = text(properties.correlationId) ?? text(headers[HEADERS.correlationId]);
    this.deliveryCount = count(headers[HEADERS.deliveryCount]);
    this.parkedCount = count(headers[HEADERS.parked]);
    this.seenBefore = this.redelivered || this.parkedCount > 0 || headers[HEADERS.renewed] === true;
    this.tries = count(headers[HEADERS.tries]);
    this.waits = count(headers[HEADERS.waits]);
    this.deviceResults = text(headers[HEADERS.devices]);
    this.notBefore = number(headers[HEADERS.notBefore]);
    const timestamp = number(properties.timestamp) ?? 0;
    const stamped = timestamp > 100_000_000_000 ? timestamp : timestamp * 1000;
    this.publishedAt = number(headers[HEADERS.publishedAt]) ?? (stamped > 0 ? stamped : undefined);
  }

  get settled(): boolean {
    return this.isSettled;
  }

  /** Whether it was acked as a success. */
  get succeeded(): boolean {
    return this.hasSucceeded;
  }

  /**
   * Removes the message from the queue: everything that must outlive it is stored elsewhere. Only the first settlement
   * counts; none has an effect once the channel is closed, as the broker then delivers the message again. Never throws.
   * @param success false where it was parked, failed or was a duplicate: no reason to raise the limit. @default true
   */
  ack({ success = true } = {}): void {
    if (!this.isSettled) this.hasSucceeded = success;
    this.settleOnce('ack');
  }

  /**
   * Requeues the message, for any worker: its processing was interrupted, or not started. However often that happens, it
   * is not dead-lettered for it. Otherwise as `ack`.
   */
  requeue(): void {
    this.settleOnce('requeue');
  }

  /** Requeues the message after a second: it could not be handled. The queue's delivery limit applies. */
  fail(): void {
    this.settleOnce('fail');
  }

  private settleOnce(settlement: Settlement): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.settle(this, settlement);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function count(value: unknown): number {
  return Math.max(0, Math.trunc(number(value) ?? 0));
}
