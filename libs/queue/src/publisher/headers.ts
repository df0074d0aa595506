import { PublishError } from '../queue.errors';

/** amqplib encodes properties in 64 KiB, shared with all the others; what does not fit would break its channel. */
const MAX_HEADER_BYTES = 48 * 1024;
const MAX_SHORT_STRING_BYTES = 255;

/** Set by brokers, for what happened to one copy of a message; or orders to the broker, which are not for the next copy. */
const NOT_OF_THE_MESSAGE =
  /^(x-death|x-(first|last)-death-.+|x-delivery-count|x-acquired-count|CC|BCC)$/;

/**
 * @throws {PublishError} INVALID_MESSAGE for headers that AMQP cannot carry: amqplib would throw only after it has
 * counted the message, and then match every later confirm to the wrong message.
 */
export function checkHeaders(headers: Readonly<Record<string, unknown>>): void {
  const bytes = tableBytes(headers);
  if (bytes <= MAX_HEADER_BYTES) return;
  throw invalid(`The headers have ${bytes} bytes; at most ${MAX_HEADER_BYTES} can be sent`);
}

/** A property that AMQP limits to 255 bytes, cut where it is longer: an id in a property is for people. */
export function shortString(value: string): string {
  if (isShortString(value)) return value;
  // A character that is cut in two becomes a replacement character of three bytes.
  return Buffer.from(value)
    .subarray(0, MAX_SHORT_STRING_BYTES - 3)
    .toString();
}

export function isShortString(value: string): boolean {
  return Buffer.byteLength(value) <= MAX_SHORT_STRING_BYTES;
}

/**
 * The publisher's own headers, without those of brokers and those that steer one: a copy that carries `CC` would be
 * routed there too, once more with each copy.
 */
export function ownHeaders(
  headers: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_OF_THE_MESSAGE.test(name)),
  );
}

/** What the broker has noted of a message that it has dead-lettered itself. */
export function deathHeaders(
  headers: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^x-(death$|(first|last)-death-)/.test(name)),
  );
}

function tableBytes(table: object): number {
  let bytes = 4;
  for (const [name, value] of Object.entries(table)) {
    if (!isShortString(name)) throw invalid('The name of a header is too long');
    bytes += 1 + Buffer.byteLength(name) + fieldBytes(name, value);
  }
  return bytes;
}

function fieldBytes(name: string, value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (typeof value === 'number' && Number.isFinite(value) && value > -(2 ** 63)) return 9;
  if (typeof value === 'boolean' || value === undefined || value === null) return 2;
  if (Buffer.isBuffer(value)) return 5 + value.length;
  if (Array.isArray(value)) {
    return value.reduce((bytes: number, item) => bytes + fieldBytes(name, item), 5);
  }
  // amqplib's notation for a value of a given AMQP type, such as a timestamp.
  if (typeof value === 'object') return '!' in value ? 16 : 1 + tableBytes(value);
  throw invalid(`The header '${name.slice(0, 64)}' has a value that AMQP cannot carry`);
}

function invalid(message: string): PublishError {
  return new PublishError('INVALID_MESSAGE', message);
}
