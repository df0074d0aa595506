import type { IncomingMessage, ServerResponse } from 'node:http';
import { CORRELATION_HEADER, isCorrelationId, newCorrelationId } from './correlation-id';

/**
 * Gives every request a correlation id, the caller's own if it is a sound one, and echoes it in the answer. It comes
 * before the logger, which would else take over the counter that Fastify has put there.
 */
export function identifyRequest(
  request: IncomingMessage & { id?: unknown },
  response: ServerResponse,
  next: () => void,
): void {
  const given = request.headers[CORRELATION_HEADER];
  const id = isCorrelationId(given) ? given : newCorrelationId();
  request.id = id;
  response.setHeader(CORRELATION_HEADER, id);
  next();
}
