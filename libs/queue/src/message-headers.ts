import { DELAYS_MS, HEADERS } from '@push/contracts';
import { isTraceparent } from '@push/observability';
import type { Options } from 'amqplib';
import { PublishError } from './queue.errors';

/** amqplib encodes all properties into 64 KiB, headers included; more would break its channel. */
const MAX_HEADER_BYTES = 48 * 1024;
const MAX_SHORT_STRING_BYTES = 255;

/** Set by brokers, for what happened to one copy of a message; or routing instructions, which are not for the next copy. */
const NOT_COPIED = /^(x-death|x-(first|last)-death-.+|x-delivery-count|x-acquired-count|CC|BCC)$/;

const LONGEST_DELAY_MS = Math.max(...DELAYS_MS);

/** AMQP properties that the copy of a message keeps. */
type CopiedProperties = Pick<
  Options.Publish,
  | 'contentType'
  | 'contentEncoding'
  | 'priority'
  | 'type'
  | 'appId'
  | 'correlationId'
  | 'replyTo'
  | 'messageId'
  | 'timestamp'
>;

type Headers = Readonly<Record<string, unknown>>;

/** A message as it was delivered: any amqplib message, or what is kept of one. */
export interface Parkable {
  content: Buffer;
  properties: CopiedProperties & Pick<Options.Publish, 'expiration'> & { headers?: Headers };
}

/**
 * @throws {PublishError} INVALID_MESSAGE for headers that AMQP cannot carry: amqplib would throw only after it has
 * counted the message, and match every later confirm to the wrong message.
 */
export function checkHeaders(headers: Headers): void {
  const bytes = tableBytes(headers);
  if (bytes <= MAX_HEADER_BYTES) return;
  throw invalid(`The headers have ${bytes} bytes; at most ${MAX_HEADER_BYTES} can be sent`);
}

/** A property that AMQP limits to 255 bytes, truncated: ids in properties are for people to read. */
export function shortString(value: string): string {
  if (isShortString(value)) return value;
  // A character that is cut in two becomes a replacement character of three bytes.
  return Buffer.from(value)
    .subarray(0, MAX_SHORT_STRING_BYTES - 3)
    .toString();
}

/**
 * The publisher's own headers, without those that brokers set and those that route: a copy with `CC` would be routed
 * there too, and so would each further copy.
 */
export function ownHeaders(headers: Headers = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_COPIED.test(name)));
}

/** What the broker has recorded about a message that it has dead-lettered itself. */
export function deathHeaders(headers: Headers = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^x-(death$|(first|last)-death-)/.test(name)),
  );
}

/** The shortest delay that is at least as long as asked for; the longest where none is. */
export function delayFor(delayMs: number): number {
  return DELAYS_MS.find((candidate) => candidate >= delayMs) ?? LONGEST_DELAY_MS;
}

/**
 * The properties of a copy: those of the original, except the expiration, which would shorten its delay, and the user
 * id, which the broker accepts only from that user.
 */
export function copiedProperties({ properties }: Parkable, headers: Headers): Options.Publish {
  const { contentType, contentEncoding, priority, type, appId } = properties;
  const { correlationId, replyTo, messageId, timestamp } = properties;
  return {
    contentType,
    contentEncoding,
    priority,
    type,
    appId,
    correlationId,
    replyTo,
    messageId,
    timestamp,
    headers: { ...ownHeaders(properties.headers), ...headers },
  };
}

/** A message with none of its publisher's own headers: only with those that we depend on. */
export function withoutForeignHeaders(message: Parkable): Parkable {
  const original = message.properties.headers ?? {};
  const headers: Record<string, unknown> = {};
  for (const name of Object.values(HEADERS)) {
    if (isValidHeader(name, original[name])) headers[name] = original[name];
  }
  return { ...message, properties: { ...message.properties, headers } };
}

/** The headers that parking adds to a message. */
export function parkingHeaders(
  { properties }: Parkable,
  delayMs: number,
  now: number,
): Record<string, number> {
  const parked: unknown = properties.headers?.[HEADERS.parked];
  return {
    [HEADERS.notBefore]: now + delayMs,
    [HEADERS.parked]: typeof parked === 'number' && Number.isFinite(parked) ? parked + 1 : 1,
  };
}

function isShortString(value: string): boolean {
  return Buffer.byteLength(value) <= MAX_SHORT_STRING_BYTES;
}

function isValidHeader(name: string, value: unknown): boolean {
  if (name === HEADERS.traceparent) return isTraceparent(value) && isShortString(value);
  return typeof value === 'string'
    ? isShortString(value)
    : typeof value === 'boolean' || Number.isSafeInteger(value);
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
