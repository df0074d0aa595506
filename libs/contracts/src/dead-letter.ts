import { z } from 'zod';
import { readReplays, type Replays } from './replays';
import { HEADERS } from './topology';

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
  /** The message as it arrived, where it was JSON. */
  original_message: z.unknown(),
  /** The message as it arrived, in base64, where it was not JSON. */
  original_body: z.string().optional(),
});

export type DeadLetter = z.output<typeof deadLetterSchema>;

/** Headers of a dead letter: its original exchange and routing key, for replay, and why it failed, where the body cannot hold it. */
export const DEAD_LETTER_HEADERS = {
  exchange: 'x-original-exchange',
  routingKey: 'x-original-routing-key',
  error: 'x-error',
  errorCode: 'x-error-code',
  failedAt: 'x-failed-at',
} as const;

/** Error code of a status event that the gateway refused: the dead letter then holds no notification. */
export const STATUS_REFUSED = 'status_refused';

/** Why a message is dead-lettered. */
export interface DeadLetterReason {
  requestId: string | null;
  code: string;
  error: string;
  attempts: number;
  /** ISO 8601. */
  failedAt: string;
}

/** The message that failed: its JSON, or its bytes. */
export type UndeliverableBody = { ok: true; value: unknown } | { ok: false; raw: Buffer };

/** A dead letter as it is published. */
export interface EncodedDeadLetter {
  body: DeadLetter | Buffer;
  contentType: string;
  headers: Record<string, unknown>;
}

/** A larger body that is not JSON is kept unchanged: base64 could make it larger than the broker accepts. */
const MAX_BASE64_SOURCE_BYTES = 4 * 1024 * 1024;

/** Writes what {@link decodeDeadLetter} reads. */
export function encodeDeadLetter(
  body: UndeliverableBody,
  reason: DeadLetterReason,
): EncodedDeadLetter {
  if (!body.ok && body.raw.length > MAX_BASE64_SOURCE_BYTES) {
    const headers = {
      [DEAD_LETTER_HEADERS.error]: reason.error,
      [DEAD_LETTER_HEADERS.errorCode]: reason.code,
      [DEAD_LETTER_HEADERS.failedAt]: reason.failedAt,
    };
    return { body: body.raw, contentType: 'application/octet-stream', headers };
  }
  const deadLetter: DeadLetter = {
    request_id: reason.requestId,
    error: reason.error,
    error_code: reason.code,
    failed_at: reason.failedAt,
    attempts: reason.attempts,
    service: 'push-service',
    original_message: body.ok ? body.value : null,
    ...(body.ok ? {} : { original_body: body.raw.toString('base64') }),
  };
  return { body: deadLetter, contentType: 'application/json', headers: {} };
}

/** The parts of an AMQP message that a dead letter is read from. */
export interface DeadLetterMessage {
  content: Buffer;
  properties: {
    headers?: Readonly<Record<string, unknown>>;
    messageId?: unknown;
    timestamp?: unknown;
  };
}

/** A message of `failed.queue`, as far as it can be read. */
export interface DecodedDeadLetter {
  requestId: string | null;
  userId: string | null;
  /** `unknown` where it is not recorded. */
  errorCode: string;
  error: string;
  /** Epoch milliseconds. */
  failedAt: number | null;
  attempts: number | null;
  /** Undefined where it was never replayed. */
  replays?: Replays;
  /** The message that failed. */
  original: UndeliverableBody & {
    /** Its bytes as they are to be sent again. */
    bytes: () => Buffer;
    /** Undefined where it is not recorded; `''` for a message that was sent directly to its queue. */
    exchange?: string;
    routingKey?: string;
  };
}

type Fields = Readonly<Record<string, unknown>>;

const MAX_CODE_LENGTH = 64;

/**
 * Reads a dead letter of ours, a message that the broker dead-lettered by itself, or anything else found in the queue.
 * Never throws.
 */
export function decodeDeadLetter({ content, properties }: DeadLetterMessage): DecodedDeadLetter {
  const headers = properties.headers ?? {};
  const body = parseJson(content);
  // A body with our error header is the failed message itself, kept unchanged, whatever it looks like.
  const isRaw = DEAD_LETTER_HEADERS.errorCode in headers;
  const ours = !isRaw && isObject(body) && isDeadLetter(body) ? body : undefined;
  const original = originalOf(ours, content, body);
  const parsed = original.ok ? original.value : parseJson(original.raw);
  const message = isObject(parsed) ? parsed : {};
  const death = brokerDeath(headers);
  const id = (field: string): string | null => idOf(ours?.[field]) ?? idOf(message[field]);
  return {
    requestId: id('request_id') ?? idOf(message['notification_id']),
    userId: id('user_id'),
    errorCode: (
      textOf(ours?.['error_code']) ??
      textOf(headers[DEAD_LETTER_HEADERS.errorCode]) ??
      death?.reason ??
      'unknown'
    ).slice(0, MAX_CODE_LENGTH),
    error:
      textOf(ours?.['error']) ??
      textOf(headers[DEAD_LETTER_HEADERS.error]) ??
      (death ? `RabbitMQ has dead-lettered it: ${death.reason}` : 'The reason is not recorded'),
    failedAt:
      timeOf(ours?.['failed_at']) ??
      timeOf(headers[DEAD_LETTER_HEADERS.failedAt]) ??
      death?.at ??
      secondsOf(properties.timestamp),
    attempts: countOf(ours?.['attempts']),
    replays: readReplays(headers[HEADERS.replays]),
    original: {
      ...original,
      bytes: () => {
        if (ours === undefined) return content;
        return original.ok ? Buffer.from(JSON.stringify(original.value)) : original.raw;
      },
      exchange: stringOf(headers[DEAD_LETTER_HEADERS.exchange]) ?? death?.exchange,
      routingKey: stringOf(headers[DEAD_LETTER_HEADERS.routingKey]) ?? death?.routingKey,
    },
  };
}

/** Lenient, so that a dead letter of an earlier or later version can be replayed too. */
function isDeadLetter(body: Fields): boolean {
  if (!('original_message' in body) && typeof body['original_body'] !== 'string') return false;
  return 'error' in body || 'error_code' in body || 'failed_at' in body;
}

function originalOf(ours: Fields | undefined, content: Buffer, body: unknown): UndeliverableBody {
  const raw = ours?.['original_body'];
  if (typeof raw === 'string') return { ok: false, raw: Buffer.from(raw, 'base64') };
  if (ours && 'original_message' in ours) return { ok: true, value: ours['original_message'] };
  return body === undefined ? { ok: false, raw: content } : { ok: true, value: body };
}

interface BrokerDeath {
  reason: string;
  at: number | null;
  exchange?: string;
  routingKey?: string;
}

/** What the broker writes into the `x-death` header of a message that it dead-letters. */
function brokerDeath(headers: Fields): BrokerDeath | undefined {
  const deaths = headers['x-death'];
  const death: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  if (!isObject(death)) return undefined;
  const { reason, time, exchange, 'routing-keys': keys } = death;
  return {
    reason: textOf(reason) ?? 'unknown',
    at: isObject(time) ? secondsOf(time['value']) : null,
    exchange: stringOf(exchange),
    routingKey: stringOf(Array.isArray(keys) ? keys[0] : undefined),
  };
}

/** Undefined where it is not JSON; JSON has no undefined of its own. */
function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function idOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : textOf(value);
  return text !== null && text.length <= 256 ? text.trim() : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function timeOf(value: unknown): number | null {
  return typeof value === 'string' ? validTime(Date.parse(value)) : null;
}

function secondsOf(value: unknown): number | null {
  return typeof value === 'number' ? validTime(value * 1000) : null;
}

/** Null beyond what a Date can hold, and for NaN. */
function validTime(at: number): number | null {
  return Math.abs(at) <= 8.64e15 ? at : null;
}
