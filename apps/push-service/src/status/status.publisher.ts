import { Injectable } from '@nestjs/common';
import { ROUTING_KEYS, type StatusEvent } from '@push/contracts';
import { GuardedPublisher } from '../broker/guarded.publisher';
import type { RecordedOutcome } from '../delivery/outcome';
import { StatusConfig } from './status.config';
import { statusOf, type NotificationIds } from './status-events';

/** Publishes the outcome of a notification on the exchange. The relay carries it from its queue to the gateway. */
@Injectable()
export class StatusPublisher {
  constructor(
    private readonly publisher: GuardedPublisher,
    private readonly config: StatusConfig,
  ) {}

  /** @throws {PublishError} or {DependencyDownError} unless the broker has confirmed the event */
  async announce(ids: NotificationIds, outcome: RecordedOutcome): Promise<StatusEvent> {
    const event = statusOf(ids, outcome);
    await this.publisher.publish(ROUTING_KEYS.status, event, {
      correlationId: ids.correlationId,
      messageId: ids.requestId,
      // Without a relay it is up to others to bind a queue, or not.
      mandatory: this.config.callbackUrl !== undefined,
    });
    return event;
  }
}
