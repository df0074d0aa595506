/** Nobody is kept waiting longer than a day by a header. */
const MAX_WAIT_MS = 86_400_000;

/**
 * Reads a `Retry-After` header: seconds or an HTTP date (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 *
 * @returns milliseconds, 0 for a time that has passed, a day at most; undefined without a readable header
 */
export function parseRetryAfter(
  value: string | undefined,
  nowMs: number = Date.now(),
): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\s*\d+(\.\d+)?\s*$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(0, Math.round(waitMs)), MAX_WAIT_MS);
}
