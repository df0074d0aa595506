import type { DeviceResult, StatusEvent } from '@push/contracts';

export type NotificationStatus = StatusEvent['status'];

/** Who a notification is for and how it is followed. */
export interface NotificationIdentity {
  notificationId: string;
  requestId?: string;
  userId?: string;
  correlationId?: string;
}

/** One step in the life of a notification. */
export interface HistoryEntry {
  status: NotificationStatus;
  timestamp: string;
  error: string | null;
  reason: string | null;
}

/** A notification as a listing shows it. */
export interface NotificationSummary {
  notification_id: string;
  request_id: string | null;
  user_id: string | null;
  correlation_id: string | null;
  status: NotificationStatus;
  created_at: string;
  updated_at: string;
  error: string | null;
  reason: string | null;
}

/** A notification as the gateway knows it. */
export interface NotificationRecord extends NotificationSummary {
  devices: DeviceResult[];
  history: HistoryEntry[];
}

/** The fields a summary is made of. */
export const SUMMARY_FIELDS = [
  'request_id',
  'user_id',
  'correlation_id',
  'status',
  'created_at',
  'updated_at',
  'error',
  'reason',
] as const;

type Stored = Readonly<Partial<Record<string, string | null>>>;

/** Reads a stored hash. @returns undefined when it is none */
export function toSummary(notificationId: string, stored: Stored): NotificationSummary | undefined {
  const { status, created_at, updated_at } = stored;
  if (!isStatus(status) || !created_at || !updated_at) return undefined;
  return {
    notification_id: notificationId,
    request_id: stored['request_id'] || null,
    user_id: stored['user_id'] || null,
    correlation_id: stored['correlation_id'] || null,
    status,
    created_at,
    updated_at,
    error: stored['error'] || null,
    reason: stored['reason'] || null,
  };
}

/** Reads a stored hash. @returns undefined when it is none */
export function toRecord(notificationId: string, stored: Stored): NotificationRecord | undefined {
  const summary = toSummary(notificationId, stored);
  return (
    summary && {
      ...summary,
      devices: JSON.parse(stored['devices'] ?? '[]') as DeviceResult[],
      history: JSON.parse(stored['history'] ?? '[]') as HistoryEntry[],
    }
  );
}

function isStatus(value: string | null | undefined): value is NotificationStatus {
  return value === 'pending' || value === 'delivered' || value === 'failed';
}
