import { z } from 'zod';

/** The result for one device of a notification. The token is masked. */
export const deviceResultSchema = z.object({
  device: z.string(),
  fingerprint: z.string(),
  platform: z.string().nullish(),
  status: z.enum(['delivered', 'failed']),
  message_id: z.string().nullish(),
  error_code: z.string().nullish(),
});

/** The outcome of a notification: published as `push.status`, POSTed to the gateway. */
export const statusEventSchema = z.looseObject({
  notification_id: z.string().min(1).max(256),
  request_id: z.string().min(1).max(256).nullish(),
  status: z.enum(['delivered', 'failed', 'pending']),
  /** ISO 8601. */
  timestamp: z.iso.datetime({ offset: true }),
  /** A sentence; null when nothing went wrong. */
  error: z.string().nullable().default(null),
  /** A short code such as `opted_out`, `expired`, `user_not_found`. */
  reason: z.string().nullish(),
  user_id: z.string().nullish(),
  correlation_id: z.string().nullish(),
  devices: z.array(deviceResultSchema).default([]),
});

export type DeviceResult = z.output<typeof deviceResultSchema>;
export type StatusEvent = z.output<typeof statusEventSchema>;
