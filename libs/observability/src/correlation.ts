import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** HTTP header, in requests and answers, that carries the correlation id. */
export const CORRELATION_HEADER = 'x-correlation-id';

const PRINTABLE_ASCII = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** A new id that identifies one notification in every system: a UUID. */
export function newCorrelationId(): string {
  return randomUUID();
}

/**
 * Whether a value from outside may serve as a correlation id: 1 to 128 printable ASCII characters, no space at either
 * end. It goes into headers and log lines, so anything else (line breaks, megabytes) is replaced.
 */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === 'string' && PRINTABLE_ASCII.test(value);
}

/** Fastify's `genReqId`: the caller's correlation id where it is a valid one, else a new one. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[CORRELATION_HEADER];
  return isCorrelationId(given) ? given : newCorrelationId();
}

/** A Fastify request of an app whose request ids are correlation ids, see {@link requestId}. */
interface IdentifiedRequest {
  id?: unknown;
}

/** The correlation id of an HTTP request: the caller's own, or the one it was given on arrival. */
export function correlationIdOf({ id }: IdentifiedRequest): string {
  return isCorrelationId(id) ? id : newCorrelationId();
}

/** Handler parameter: the correlation id of the HTTP request. */
export const CorrelationId = createParamDecorator((_: undefined, context: ExecutionContext) =>
  correlationIdOf(context.switchToHttp().getRequest<IdentifiedRequest>()),
);
