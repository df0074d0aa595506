import type { IncomingMessage, ServerResponse } from 'node:http';
import { maskToken } from '@push/contracts';
import type { BaseLogger } from 'pino';

/** Asked every few seconds by machines: of interest only to somebody who looks for them. */
const POLLED = /\/(?:health|metrics)(?:\/|$)/;
const MAX_PATH = 256;

/**
 * Logs one line for an HTTP request once it has ended: what was asked and how it ended; no headers, no query, no bodies.
 * Where it failed, the error was logged where it was handled. pino-http does the same by loggers of their own for each
 * request, which cost more than the line.
 */
export function logRequest(
  request: IncomingMessage,
  response: ServerResponse,
  correlationId: string,
  logger: BaseLogger,
): void {
  const startedAt = Date.now();
  let told = false;
  const tell = (): void => {
    if (told) return;
    told = true;
    const path = pathOf(request);
    logger[levelOf(path, response)](
      {
        correlation_id: correlationId,
        method: request.method,
        path,
        status: response.statusCode,
        duration_ms: Date.now() - startedAt,
        aborted: response.writableEnded ? undefined : true,
      },
      'HTTP request',
    );
  };
  // Which of them comes, and first, depends on who ends it.
  response.on('finish', tell).on('close', tell).on('error', tell);
}

function levelOf(path: string, response: ServerResponse): 'debug' | 'info' | 'warn' {
  if (POLLED.test(path)) return 'debug';
  return response.statusCode >= 500 ? 'warn' : 'info';
}

/** Whether a request is one of those that machines repeat for ever. */
export function isPolled(request: { url?: string; originalUrl?: string }): boolean {
  return POLLED.test(pathOf(request));
}

/** Path without its query, bounded, and without device tokens, which are part of a few routes. */
export function pathOf(request: { url?: string; originalUrl?: string }): string {
  const url = request.originalUrl ?? request.url ?? '';
  const end = url.search(/[?#]/);
  return (end < 0 ? url : url.slice(0, end))
    .replace(/(?<=\/(?:devices|tokens)\/)[^/]+/g, maskToken)
    .replace(/[^/]{65,}/g, maskToken)
    .slice(0, MAX_PATH);
}
