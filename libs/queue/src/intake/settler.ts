import { Logger } from '@nestjs/common';
import type { Channel } from 'amqplib';
import { messageOf } from '../channel';
import { ack, requeue as giveBack } from '../settle';
import { pause } from '../broker/time';
import type { Publisher } from '../publisher';
import type { PushContext, Settlement } from './push-context';

/** Milliseconds before a message whose handler failed is given back: not at once, or it would spin. */
const FAILURE_DELAY_MS = 1000;

/**
 * Deliveries after which an interrupted message is put back as a fresh copy. The broker counts each requeue and
 * dead-letters at the delivery limit; an interruption is no attempt and must not lead there. The limit may be another
 * team's, and AMQP does not tell it: so the first requeue is the only one.
 */
const RENEW_AT_DELIVERY_COUNT = 1;

/** Carries settlements out on the channel that delivered the message, exactly, and not at all once that is gone. */
export class Settler {
  private readonly logger = new Logger(Settler.name);
  private readonly lost = new WeakSet<Channel>();
  private readonly stopping = new AbortController();

  constructor(private readonly publisher: Publisher) {}

  /** What was delivered on this channel is the broker's again. */
  lose(channel: Channel): void {
    this.lost.add(channel);
  }

  /** Waits no longer for anything. */
  hurry(): void {
    this.stopping.abort();
  }

  /** Resolves when the channel has been told. Never rejects. */
  async settle(context: PushContext, settlement: Settlement): Promise<void> {
    const { channel, message } = context;
    switch (settlement) {
      case 'ack':
        ack(channel, message);
        return;
      case 'fail':
        await pause(FAILURE_DELAY_MS, this.stopping.signal);
        giveBack(channel, message);
        return;
      case 'requeue':
        if (context.deliveryCount >= RENEW_AT_DELIVERY_COUNT) await this.renew(context);
        else giveBack(channel, message);
    }
  }

  private async renew({ channel, message, messageId }: PushContext): Promise<void> {
    if (this.lost.has(channel)) return;
    try {
      await this.publisher.requeueCopy(message);
      ack(channel, message);
    } catch (error) {
      this.logger.warn(
        { message_id: messageId, reason: messageOf(error) },
        'Message could not be renewed; given back as it is',
      );
      giveBack(channel, message);
    }
  }
}
