import { Injectable } from '@nestjs/common';
import { ROUTING_KEYS } from '@push/contracts';
import { inSpan } from '@push/observability';
import { GuardedPublisher } from '../broker/guarded.publisher';
import type { RecordedOutcome } from '../delivery/outcome';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { note } from '../timeline/journey';
import { StatusConfig } from './status.config';
import { statusOf, type NotificationIds } from './status-events';

/** Announces what became of a notification, on the exchange. The relay takes it from there to the gateway. */
@Injectable()
export class StatusPublisher {
  constructor(
    private readonly publisher: GuardedPublisher,
    private readonly config: StatusConfig,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /** @throws {PublishError} unless the broker has confirmed it */
  async announce(ids: NotificationIds, ending: RecordedOutcome): Promise<void> {
    const event = statusOf(ids, ending);
    const startedAt = performance.now();
    try {
      await inSpan('announce', () =>
        this.publisher.publish(ROUTING_KEYS.status, event, {
          correlationId: ids.correlationId,
          messageId: ids.requestId,
          // Without a relay it is for others to bind a queue; nobody listening is their choice.
          mandatory: this.config.callbackUrl !== undefined,
        }),
      );
    } finally {
      this.metrics.stage('announce', (performance.now() - startedAt) / 1000);
    }
    note({ event: 'announced', status: event.status });
  }
}
