import { randomUUID } from 'node:crypto';

/** HTTP header, in requests and answers, that carries the correlation id. */
export const CORRELATION_HEADER = 'x-correlation-id';

const PRINTABLE_ASCII = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** A new id to follow one notification by through every system: a UUID. */
export function newCorrelationId(): string {
  return randomUUID();
}

/**
 * Whether a value from outside may serve as a correlation id: 1 to 128 printable ASCII characters, no space at either
 * end. It goes into headers and log lines, so anything else (line breaks, megabytes) is not taken over.
 */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === 'string' && PRINTABLE_ASCII.test(value);
}
