/** What needs no reading: parts of JSON that a schema would give back as they are. */

/** An object of JSON with nothing in it that a schema would leave out. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, '__proto__')
  );
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Text with nothing to trim and no character that could be refused. */
export function isPlainText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length <= max && VISIBLE_ASCII.test(value);
}

export function isPlainToken(value: unknown): value is string {
  return isPlainText(value, 4096);
}

export function isPlainList(
  value: unknown,
  max: number,
  isPlain: (item: unknown) => boolean,
): value is unknown[] {
  if (!Array.isArray(value) || value.length > max) return false;
  for (const item of value) if (!isPlain(item)) return false;
  return true;
}

export function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
