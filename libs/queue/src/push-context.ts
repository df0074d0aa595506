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
  /** The message itself, its bytes unchanged. */
  readonly message: ConsumeMessage;
  private isSettled = false;
  private hasSucceeded = false;

  constructor(
    message: ConsumeMessage,
    readonly channel: Channel,
    private readonly settle: Settle,
  ) {
    super([message, channel, PUSH_PATTERN]);
    this.message = message;
  }

  /** Whether the broker has delivered it before, to anyone. */
  get redelivered(): boolean {
    return this.message.fields.redelivered;
  }

  /** Whether anyone may have processed it before: it was redelivered, parked or requeued as a copy. */
  get seenBefore(): boolean {
    return this.redelivered || this.parkedCount > 0 || this.header(HEADERS.renewed) === true;
  }

  /** Times the broker has delivered it before; always 0 in a classic queue, which does not count. */
  get deliveryCount(): number {
    return this.countHeader(HEADERS.deliveryCount);
  }

  /** Times it has been parked. */
  get parkedCount(): number {
    return this.countHeader(HEADERS.parked);
  }

  /** Sends that had failed when it was parked. */
  get tries(): number {
    return this.countHeader(HEADERS.tries);
  }

  /** Parkings that count towards the maximum. */
  get waits(): number {
    return this.countHeader(HEADERS.waits);
  }

  /** Results of devices that are done, as JSON: what an earlier worker could record nowhere else. */
  get deviceResults(): string | undefined {
    return text(this.header(HEADERS.devices));
  }

  /** Epoch milliseconds before which it must not be processed. */
  get notBefore(): number | undefined {
    return this.numberHeader(HEADERS.notBefore);
  }

  /** From the AMQP property, else from the header. */
  get correlationId(): string | undefined {
    return text(this.message.properties.correlationId) ?? text(this.header(HEADERS.correlationId));
  }

  get messageId(): string | undefined {
    return text(this.message.properties.messageId);
  }

  /** Epoch milliseconds: our own header, else the AMQP timestamp, which some publishers set in milliseconds. */
  get publishedAt(): number | undefined {
    const precise = this.numberHeader(HEADERS.publishedAt);
    if (precise !== undefined) return precise;
    const timestamp: unknown = this.message.properties.timestamp;
    if (typeof timestamp !== 'number' || timestamp <= 0) return undefined;
    return timestamp > 100_000_000_000 ? timestamp : timestamp * 1000;
  }

  get exchange(): string {
    return this.message.fields.exchange;
  }

  get routingKey(): string {
    return this.message.fields.routingKey;
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

  private header(name: string): unknown {
    return this.message.properties.headers?.[name];
  }

  private countHeader(name: string): number {
    return Math.max(0, Math.trunc(this.numberHeader(name) ?? 0));
  }

  private numberHeader(name: string): number | undefined {
    const value = this.header(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
