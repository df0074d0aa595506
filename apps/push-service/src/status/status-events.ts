import type { DeviceResult, StatusEvent } from '@push/contracts';
import type { RecordedOutcome, FinalOutcome } from '../delivery/outcome';

/** What identifies a notification to the people who asked for it. */
export interface NotificationIds {
  requestId: string;
  notificationId: string;
  correlationId: string;
  userId?: string;
}

/** The status event of a final outcome; the same however often it is told. */
export function statusOf(ids: NotificationIds, ending: RecordedOutcome): StatusEvent {
  const { status, error, reason, devices } = describe(ending);
  return {
    notification_id: ids.notificationId,
    request_id: ids.requestId,
    status,
    timestamp: ending.at,
    error,
    reason,
    user_id: ids.userId ?? null,
    correlation_id: ids.correlationId,
    devices,
  };
}

interface Description {
  status: 'delivered' | 'failed';
  error: string | null;
  reason: string | null;
  devices: DeviceResult[];
}

function describe(outcome: FinalOutcome): Description {
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
