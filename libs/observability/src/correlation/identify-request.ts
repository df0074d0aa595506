import type { IncomingMessage, ServerResponse } from 'node:http';
import { CORRELATION_HEADER, isCorrelationId, newCorrelationId } from './correlation-id';

/**
 * Gives a request a correlation id, the caller's own if it is a sound one, and echoes it in the answer.
 * @returns the id
 */
export function identifyRequest(
  request: IncomingMessage & { id?: unknown },
  response: ServerResponse,
): string {
  const given = request.headers[CORRELATION_HEADER];
  const id = isCorrelationId(given) ? given : newCorrelationId();
  request.id = id;
  response.setHeader(CORRELATION_HEADER, id);
  return id;
}
