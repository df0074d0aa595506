import type { DeadLetter } from './dead-letter.schema';

/** Headers of a dead letter: the way its message came, for replay, and why it is dead, where the body cannot say so. */
export const DEAD_LETTER_HEADERS = {
  exchange: 'x-original-exchange',
  routingKey: 'x-original-routing-key',
  error: 'x-error',
  errorCode: 'x-error-code',
  failedAt: 'x-failed-at',
} as const;

/** The code of a status event that the gateway refuses: such a letter is none of a notification. */
export const STATUS_REFUSED = 'status_refused';

/** Why a message goes to the dead-letter queue. */
export interface DeadLetterReason {
  requestId: string | null;
  code: string;
  error: string;
  attempts: number;
  /** ISO 8601. */
  failedAt: string;
}

/** A dead letter as it is published. */
export interface EncodedDeadLetter {
  body: DeadLetter | Buffer;
  contentType: string;
  headers: Record<string, unknown>;
}

/** What a letter is about: its JSON, or its bytes. */
export type UndeliverableBody = { ok: true; value: unknown } | { ok: false; raw: Buffer };

/** A larger body that is no JSON is kept as it came: in base64 it could grow past what the broker takes. */
const MAX_BASE64_SOURCE_BYTES = 4 * 1024 * 1024;

/** Writes what `decodeDeadLetter` reads. */
export function encodeDeadLetter(
  body: UndeliverableBody,
  report: DeadLetterReason,
): EncodedDeadLetter {
  if (!body.ok && body.raw.length > MAX_BASE64_SOURCE_BYTES) {
    const headers = {
      [DEAD_LETTER_HEADERS.error]: report.error,
      [DEAD_LETTER_HEADERS.errorCode]: report.code,
      [DEAD_LETTER_HEADERS.failedAt]: report.failedAt,
    };
    return { body: body.raw, contentType: 'application/octet-stream', headers };
  }
  const letter: DeadLetter = {
    request_id: report.requestId,
    error: report.error,
    error_code: report.code,
    failed_at: report.failedAt,
    attempts: report.attempts,
    service: 'push-service',
    original_message: body.ok ? body.value : null,
    ...(body.ok ? {} : { original_body: body.raw.toString('base64') }),
  };
  return { body: letter, contentType: 'application/json', headers: {} };
}
