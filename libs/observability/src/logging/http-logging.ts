import type { IncomingMessage, ServerResponse } from 'node:http';
import { maskToken } from '@push/contracts';
import type { Options } from 'pino-http';

/** Asked every few seconds by machines: of interest only to somebody who looks for them. */
const POLLED = /\/(?:health|metrics)(?:\/|$)/;
const MAX_PATH = 256;

/** One line for every HTTP request: what was asked and how it ended; no headers, no query, no bodies. */
export const httpLogging: Options = {
  wrapSerializers: false,
  quietReqLogger: true,
  quietResLogger: true,
  customAttributeKeys: { reqId: 'correlation_id' },
  customLogLevel: (request, response) => {
    if (isPolled(request)) return 'debug';
    return response.statusCode >= 500 ? 'warn' : 'info';
  },
  customSuccessMessage: () => 'HTTP request',
  customErrorMessage: () => 'HTTP request',
  customSuccessObject: (request, response, value: unknown) => fields(request, response, value),
  // The error was logged where it was handled; here is only how the request ended.
  customErrorObject: (request, response, _error, value: unknown) =>
    fields(request, response, value),
};

function fields(request: IncomingMessage, response: ServerResponse, value: unknown): object {
  const { responseTime } = value as { responseTime: number };
  return {
    method: request.method,
    path: pathOf(request),
    status: response.statusCode,
    duration_ms: responseTime,
    aborted: response.writableEnded ? undefined : true,
  };
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
