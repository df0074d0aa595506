import { z } from 'zod';

/** Control characters and halves of surrogate pairs: neither belongs in a header or a log line. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * Identifiers: text or a number, at most 256 characters, no control characters. Not a number that JSON has rounded:
 * two such ids would become one.
 */
const identifier = (name: string) =>
  z
    .preprocess(
      (value) =>
        typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER
          ? String(value)
          : value,
      z
        .string({ error: `${name} should be text` })
        .trim()
        .min(1, { error: `${name} should not be empty` })
        .max(256, { error: `${name} should be at most 256 characters` })
        .refine((value) => !UNPRINTABLE.test(value), {
          error: `${name} should have no control characters`,
        }),
    )
    .nullish();

const PRIORITY_WORDS: Readonly<Record<string, number>> = {
  low: 1,
  normal: 2,
  medium: 2,
  high: 3,
  critical: 4,
  urgent: 4,
};

/** 0 to 10, as a number, as digits or as a word. 1 low, 2 normal, 3 high, 4 critical. @default 2 */
const priority = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value ?? undefined;
    const word = value.trim().toLowerCase();
    return PRIORITY_WORDS[word] ?? (word === '' ? undefined : Number(word));
  },
  z
    .number({ error: 'priority should be a number from 0 to 10, or low, normal, high, critical' })
    .int({ error: 'priority should be a whole number' })
    .min(0, { error: 'priority should be 0 or more' })
    .max(10, { error: 'priority should be 10 or less' })
    .default(2),
);

const object = (name: string) =>
  z.looseObject({}, { error: `${name} should be an object` }).nullish();

const shortText = (name: string, max: number) =>
  z
    .string({ error: `${name} should be text` })
    .max(max, { error: `${name} should be at most ${max} characters` })
    .nullish();

const deviceToken = z
  .string({ error: 'a device token should be text' })
  .trim()
  .min(1, { error: 'a device token should not be empty' })
  .max(4096, { error: 'a device token should be at most 4096 characters' });

/** One device token, or a list of them. */
const tokens = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z
      .array(deviceToken, { error: 'device tokens should be a list of texts' })
      .max(500, { error: 'at most 500 device tokens in one request' }),
  )
  .nullish();

/** The instant after which a notification is stale: ISO 8601 or epoch (seconds or milliseconds). */
const instant = z
  // Null is one of the types here: OpenAPI 3.0 has no nullable union.
  .union([z.string(), z.number(), z.null()], { error: 'expires_at should be an ISO 8601 date' })
  .transform((value, context) => {
    if (value === null) return undefined;
    const epoch =
      typeof value === 'number' ? (value < 1e12 ? value * 1000 : value) : Date.parse(value);
    if (Number.isFinite(epoch)) return epoch;
    context.addIssue({ code: 'custom', message: 'expires_at should be an ISO 8601 date' });
    return z.NEVER;
  })
  .optional();

/**
 * A notification request, as the gateway accepts it and as it lies on `push.queue`.
 * Lenient in what publishers are known to send; a field set to null counts as absent, unknown fields are kept.
 */
export const notificationRequestSchema = z.looseObject(
  {
    notification_type: z
      .string({ error: 'notification_type should be text' })
      .refine((value) => value.toLowerCase() === 'push', {
        error: 'notification_type should be "push"',
      })
      .nullish(),
    user_id: identifier('user_id'),
    request_id: identifier('request_id'),
    notification_id: identifier('notification_id'),
    correlation_id: identifier('correlation_id'),
    template_code: shortText('template_code', 16_384),
    title: shortText('title', 4096),
    body: shortText('body', 16_384),
    image: shortText('image', 4096),
    link: shortText('link', 4096),
    data: object('data'),
    variables: object('variables'),
    metadata: object('metadata'),
    priority,
    expires_at: instant,
    ttl_seconds: z
      .number({ error: 'ttl_seconds should be a number' })
      .int({ error: 'ttl_seconds should be a whole number' })
      .min(0, { error: 'ttl_seconds should be 0 or more' })
      .max(2_419_200, { error: 'ttl_seconds should be 2419200 (28 days) or less' })
      .nullish(),
    recipient: tokens,
    push_token: tokens,
    push_tokens: tokens,
    device_token: tokens,
    device_tokens: tokens,
    to: tokens,
  },
  { error: 'the message should be a JSON object' },
);

/** A notification request after validation, wire names kept. */
export type NotificationRequest = z.output<typeof notificationRequestSchema>;
