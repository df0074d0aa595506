import { DELAYS_MS, HEADERS } from '@push/contracts';
import { isTraceparent } from '@push/observability';
import type { Options } from 'amqplib';
import { isShortString, ownHeaders } from './headers';

/** AMQP properties that travel on with the copy of a message. */
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

/** A message as it came: any amqplib message, or what is kept of one. */
export interface Parkable {
  content: Buffer;
  properties: CopiedProperties &
    Pick<Options.Publish, 'expiration'> & { headers?: Readonly<Record<string, unknown>> };
}

const LONGEST_MS = Math.max(...DELAYS_MS);

/** The shortest waiting time that is not shorter than asked for; the longest where none is. */
export function delayFor(delayMs: number): number {
  return DELAYS_MS.find((candidate) => candidate >= delayMs) ?? LONGEST_MS;
}

/**
 * How the copy of a message travels on: as the original did. Left out are the expiration, which would cut its waiting
 * short, and the user id, which the broker accepts only from that user.
 */
export function copiedProperties(
  { properties }: Parkable,
  headers: Readonly<Record<string, unknown>>,
): Options.Publish {
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

/** A message without the publisher's own headers: only with those that its way through here depends on. */
export function withoutForeignHeaders(message: Parkable): Parkable {
  const theirs = message.properties.headers ?? {};
  const headers: Record<string, unknown> = {};
  for (const name of Object.values(HEADERS)) {
    if (isOfOurKind(name, theirs[name])) headers[name] = theirs[name];
  }
  return { ...message, properties: { ...message.properties, headers } };
}

function isOfOurKind(name: string, value: unknown): boolean {
  if (name === HEADERS.traceparent) return isTraceparent(value) && isShortString(value);
  return typeof value === 'string'
    ? isShortString(value)
    : typeof value === 'boolean' || Number.isSafeInteger(value);
}

/** What parking adds to the headers of a message. */
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
