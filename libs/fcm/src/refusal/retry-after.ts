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
  const waitMs = readWait(value.trim(), nowMs);
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(0, Math.round(waitMs)), MAX_WAIT_MS);
}

function readWait(value: string, nowMs: number): number {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // A date begins with the day of the week; Date.parse would find one in almost anything.
  return /^[a-z]{3}/i.test(value) ? Date.parse(value) - nowMs : NaN;
}
