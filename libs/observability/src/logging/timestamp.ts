/** The latest second that was written out, and its text up to the milliseconds. */
let second = NaN;
let text = '';

/**
 * A time as ISO 8601, as `toISOString` has it, which takes 0.5 us, an eighth of a log line: here most times share their
 * second with the one before, and take a tenth of that.
 * @param ms epoch milliseconds, from 1970 on
 */
export function isoTime(ms: number): string {
  const now = Math.floor(ms / 1000);
  if (now !== second) {
    text = new Date(now * 1000).toISOString().slice(0, -4);
    second = now;
  }
  const rest = ms - now * 1000;
  return `${text}${rest < 100 ? '0' : ''}${rest < 10 ? '0' : ''}${rest}Z`;
}
