import { Injectable } from '@nestjs/common';
import { type DeviceResult, ROUTING_KEYS, type StatusEvent } from '@push/contracts';
import { GuardedPublisher } from '../broker/guarded.publisher';
import type { RecordedOutcome } from '../delivery/outcome';
import { StatusConfig } from './status.config';

/** Identifies a notification to its sender. */
export interface NotificationIds {
  requestId: string;
  notificationId: string;
  correlationId: string;
  userId?: string;
}

/** The status event of a final outcome; the same however often it is built. */
export function statusOf(ids: NotificationIds, outcome: RecordedOutcome): StatusEvent {
  const { status, error, reason, devices } = describe(outcome);
  return {
    notification_id: ids.notificationId,
    request_id: ids.requestId,
    status,
    timestamp: outcome.at,
    error,
    reason,
    user_id: ids.userId ?? null,
    correlation_id: ids.correlationId,
    devices,
  };
}

type Description = Pick<StatusEvent, 'status' | 'error' | 'reason' | 'devices'>;

function describe(outcome: RecordedOutcome): Description {
  switch (outcome.kind) {
    case 'delivered':
      return { status: 'delivered', error: null, reason: null, devices: outcome.devices };
    case 'skipped':
      return failed(outcome.reason, 'The user does not want push notifications');
    case 'expired':
      return failed('expired', 'The notification expired before it could be sent');
    case 'rejected':
    case 'exhausted':
      return failed(outcome.code.toLowerCase(), outcome.error, outcome.devices);
    default:
      return outcome satisfies never;
  }
}

function failed(reason: string, error: string, devices: DeviceResult[] = []): Description {
  return { status: 'failed', error, reason, devices };
}

/** Publishes the outcome of a notification on the exchange. The relay takes it from there to the gateway. */
@Injectable()
export class StatusPublisher {
  constructor(
    private readonly publisher: GuardedPublisher,
    private readonly config: StatusConfig,
  ) {}

  /** @throws {PublishError} or {DependencyDownError} unless the broker has confirmed it */
  async announce(ids: NotificationIds, outcome: RecordedOutcome): Promise<StatusEvent> {
    const event = statusOf(ids, outcome);
    await this.publisher.publish(ROUTING_KEYS.status, event, {
      correlationId: ids.correlationId,
      messageId: ids.requestId,
      // Without a relay it is for others to bind a queue; nobody listening is their choice.
      mandatory: this.config.callbackUrl !== undefined,
    });
    return event;
  }
}
