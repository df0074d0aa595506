import { z } from 'zod';

/** The body of a message in `failed.queue`. */
export const deadLetterSchema = z.looseObject({
  request_id: z.string().nullable(),
  /** A sentence that says what failed and what to do. */
  error: z.string(),
  /** A short code, such as `user_not_found`. */
  error_code: z.string(),
  /** ISO 8601. */
  failed_at: z.string(),
  /** Sends tried for it. */
  attempts: z.number().int().min(0),
  service: z.literal('push-service'),
  /** The message as it came, where it was JSON. */
  original_message: z.unknown(),
  /** The message as it came, in base64, where it was not JSON. */
  original_body: z.string().optional(),
});

export type DeadLetter = z.output<typeof deadLetterSchema>;
