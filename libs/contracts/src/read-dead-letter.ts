import { DEAD_LETTER_HEADERS, type UndeliverableBody } from './dead-letter';
import { readReplays, type Replays } from './replays';
import { HEADERS } from './topology';

/** A message of `failed.queue`, as far as it can be told what it is. */
export interface DecodedDeadLetter {
  requestId: string | null;
  userId: string | null;
  /** `unknown` where nothing says it. */
  errorCode: string;
  error: string;
  /** Epoch milliseconds. */
  failedAt: number | null;
  attempts: number | null;
  /** Undefined where it was never brought back. */
  replays?: Replays;
  /** The message that is dead. */
  original: UndeliverableBody & {
    /** Its bytes as they are to be sent again. */
    bytes: () => Buffer;
    /** Undefined where nothing says it; `''` for a message that was put straight into its queue. */
    exchange?: string;
    routingKey?: string;
  };
}

/** The parts of an AMQP message that a letter is read from. */
export interface DeadLetterMessage {
  content: Buffer;
  properties: {
    headers?: Readonly<Record<string, unknown>>;
    messageId?: unknown;
    timestamp?: unknown;
  };
}

type Fields = Readonly<Record<string, unknown>>;

const MAX_CODE = 64;
const NO_LETTER: Fields = {};

/**
 * Reads a letter of ours, one that the broker has dead-lettered by itself, or anything else that somebody has put there.
 * Never throws.
 */
export function decodeDeadLetter({ content, properties }: DeadLetterMessage): DecodedDeadLetter {
  const headers = properties.headers ?? {};
  const body = parse(content);
  // Bytes that are kept as they came are no letter, whatever they look like.
  const isRaw = DEAD_LETTER_HEADERS.errorCode in headers;
  const letter = !isRaw && isObject(body) && isLetter(body) ? body : NO_LETTER;
  const original = originalOf(letter, content, body);
  const value = original.ok ? original.value : parse(original.raw);
  const message = isObject(value) ? value : {};
  const death = deathOf(headers);
  const name = (field: string): string | null => idOf(letter[field]) ?? idOf(message[field]);
  return {
    requestId: name('request_id') ?? idOf(message['notification_id']),
    userId: name('user_id'),
    errorCode: (
      textOf(letter['error_code']) ??
      textOf(headers[DEAD_LETTER_HEADERS.errorCode]) ??
      death?.reason ??
      'unknown'
    ).slice(0, MAX_CODE),
    error:
      textOf(letter['error']) ??
      textOf(headers[DEAD_LETTER_HEADERS.error]) ??
      (death ? `RabbitMQ has dead-lettered it: ${death.reason}` : 'Nothing says why it is here'),
    failedAt:
      timeOf(letter['failed_at']) ??
      timeOf(headers[DEAD_LETTER_HEADERS.failedAt]) ??
      death?.at ??
      secondsOf(properties.timestamp),
    attempts: countOf(letter['attempts']),
    replays: readReplays(headers[HEADERS.replays]),
    original: {
      ...original,
      // Bytes that are no part of a letter are sent again as they are.
      bytes: () => (letter === NO_LETTER ? content : bytesOf(original)),
      exchange: plainText(headers[DEAD_LETTER_HEADERS.exchange]) ?? death?.exchange,
      routingKey: plainText(headers[DEAD_LETTER_HEADERS.routingKey]) ?? death?.routingKey,
    },
  };
}

function isLetter(body: Fields): boolean {
  if (!('original_message' in body) && typeof body['original_body'] !== 'string') return false;
  return 'error' in body || 'error_code' in body || 'failed_at' in body;
}

function originalOf(letter: Fields, content: Buffer, body: unknown): UndeliverableBody {
  const raw = letter['original_body'];
  if (typeof raw === 'string') return { ok: false, raw: Buffer.from(raw, 'base64') };
  if ('original_message' in letter) return { ok: true, value: letter['original_message'] };
  return body === undefined ? { ok: false, raw: content } : { ok: true, value: body };
}

function bytesOf(original: UndeliverableBody): Buffer {
  return original.ok ? Buffer.from(JSON.stringify(original.value)) : original.raw;
}

interface Death {
  reason: string;
  at: number | null;
  exchange?: string;
  routingKey?: string;
}

/** What the broker notes of a message that it dead-letters. */
function deathOf(headers: Fields): Death | undefined {
  const deaths = headers['x-death'];
  if (!Array.isArray(deaths)) return undefined;
  const death: unknown = deaths[0];
  if (!isObject(death)) return undefined;
  const { time, exchange, 'routing-keys': keys } = death;
  const key: unknown = Array.isArray(keys) ? keys[0] : undefined;
  return {
    reason: textOf(death['reason']) ?? 'unknown',
    at: isObject(time) ? secondsOf(time['value']) : null,
    exchange: plainText(exchange),
    routingKey: plainText(key),
  };
}

/** Undefined where it is no JSON; it cannot be undefined otherwise. */
function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plainText(value: unknown): string | undefined {
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
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return isTime(at) ? at : null;
}

function secondsOf(value: unknown): number | null {
  const at = typeof value === 'number' ? value * 1000 : Number.NaN;
  return isTime(at) ? at : null;
}

/** What a Date can hold. */
function isTime(at: number): boolean {
  return Math.abs(at) <= 8.64e15;
}
