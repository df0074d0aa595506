import type { IncomingMessage, ServerResponse } from 'node:http';
import { maskToken } from '@push/contracts';
import type { Options } from 'pino-http';

/** Polled every few seconds by machines: logged at debug. */
const POLLED = /\/(?:health|metrics)(?:\/|$)/;
const MAX_PATH_LENGTH = 256;

type Request = Pick<IncomingMessage, 'url'> & { originalUrl?: string };

/**
 * pino-http's settings: one line for each request once it has ended, with method, path, status and duration; no headers,
 * no query, no bodies. Why a request failed is logged where the error is handled.
 */
export const requestLogging: Options = {
  customAttributeKeys: { reqId: 'correlation_id' },
  // The logger of a request has its id (Fastify's, see `requestId`), and nothing else of it.
  quietReqLogger: true,
  quietResLogger: true,
  wrapSerializers: false,
  customLogLevel: (request, response) => {
    if (isPolled(request)) return 'debug';
    return response.statusCode >= 500 ? 'warn' : 'info';
  },
  customSuccessMessage: () => 'HTTP request',
  customErrorMessage: () => 'HTTP request',
  customSuccessObject: (request, response, { responseTime }: { responseTime: number }) =>
    describe(request, response, responseTime),
  customErrorObject: (request, response, _error, { responseTime }: { responseTime: number }) =>
    describe(request, response, responseTime),
};

function describe(request: IncomingMessage, response: ServerResponse, durationMs: number): object {
  return {
    method: request.method,
    path: pathOf(request),
    status: response.statusCode,
    duration_ms: durationMs,
    aborted: response.writableEnded ? undefined : true,
  };
}

/** Whether a request is for health or metrics. */
export function isPolled(request: Request): boolean {
  return POLLED.test(pathOf(request));
}

/** Path without its query, bounded, and without device tokens, which are part of a few routes. */
export function pathOf({ url = '', originalUrl = url }: Request): string {
  const end = originalUrl.search(/[?#]/);
  return (end < 0 ? originalUrl : originalUrl.slice(0, end))
    .replace(/(?<=\/(?:devices|tokens)\/)[^/]+/g, maskToken)
    .replace(/[^/]{65,}/g, maskToken)
    .slice(0, MAX_PATH_LENGTH);
}
