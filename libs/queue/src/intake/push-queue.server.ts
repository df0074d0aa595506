import { Injectable } from '@nestjs/common';
import { ServerRMQ } from '@nestjs/microservices';
import { RabbitmqConfig } from '@push/config';

/** Nest's RabbitMQ transport with what it lacks: pause and resume, drain, a slow start, nothing left unsettled. */
@Injectable()
export class PushQueueServer extends ServerRMQ {
  constructor(config: RabbitmqConfig) {
    super({ urls: [...config.urls], queue: config.pushQueue, noAck: false });
  }

  /** Whether the consumers' channel is open and its topology in place. */
  get connected(): boolean {
    throw new Error('not built yet');
  }

  /** Whether intake is paused, by us; also true while disconnected, if it was paused. */
  get paused(): boolean {
    throw new Error('not built yet');
  }

  /** Messages that the handler has in hand. */
  get inFlight(): number {
    throw new Error('not built yet');
  }

  /** Messages that were delivered and wait for room in the window. */
  get waiting(): number {
    throw new Error('not built yet');
  }

  /** Messages that may be worked on at once just now. */
  get window(): number {
    throw new Error('not built yet');
  }

  /**
   * Stops taking messages in, gives back those not yet begun; those in hand go on. Holds across reconnects, until
   * `resume`. Resolves when the broker has no consumer of ours left.
   */
  async pause(_reason?: string): Promise<void> {
    throw new Error('not built yet');
  }

  /** Takes messages in again, slowly at first. Resolves when the consumers are open, or at once while disconnected. */
  async resume(): Promise<void> {
    throw new Error('not built yet');
  }

  /**
   * Ends intake: no more messages, those not yet begun are given back, those in hand may finish within the time; what
   * remains is delivered again by the broker. Then closes.
   */
  async drain(_timeoutMs: number): Promise<void> {
    throw new Error('not built yet');
  }
}
