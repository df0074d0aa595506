import type { LoggerOptions } from 'pino';
import { activeTrace } from '../tracing/spans';

/** Fields whose value is never logged, at the top of a line and one object below. A last resort: do not log them at all. */
const SECRETS: ReadonlySet<string> = new Set([
  'token',
  'push_token',
  'push_tokens',
  'device_token',
  'access_token',
  'authorization',
  'x-api-key',
  'api_key',
  'password',
  'secret',
]);
const CENSOR = '[redacted]';

type Fields = Record<string, unknown>;

/** Pino's settings for the log lines of one service: names and order of the fields, errors, and what is never shown. */
export function lineOptions(service: string, level: string): LoggerOptions {
  return {
    level,
    base: { service },
    messageKey: 'message',
    errorKey: 'err',
    // Pino would write it after the level.
    timestamp: false,
    redact: { paths: [...SECRETS].map((name) => `["${name}"]`), censor: CENSOR },
    formatters: {
      level: (label) => ({ level: label.toUpperCase() }),
      log: lineFields,
    },
    // pino-http hands over the whole request, headers included.
    serializers: { err: serializeError, req: () => undefined },
    hooks: { streamWrite: inReadableOrder },
  };
}

/**
 * The fields of a line with secrets hidden one object below, as pino's `redact` does it at the top. Its wildcard paths
 * would do both, but cost 20 us a line, a tenth of a notification's CPU. nestjs-pino puts its context first; whose
 * notification it is matters more.
 */
function lineFields({ context, ...fields }: Fields): Fields {
  for (const key in fields) {
    const value = fields[key];
    if (typeof value !== 'object' || value === null || value instanceof Error) continue;
    for (const name of Object.keys(value)) {
      if (SECRETS.has(name)) fields[key] = { ...(fields[key] as Fields), [name]: CENSOR };
    }
  }
  return { ...fields, context, ...activeTrace() };
}

const MESSAGE_AT_END = /,"message":"[^"\\]*(?:\\.[^"\\]*)*"(?=\}\n$)/;
const CONTROLS = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * Pino writes the level first and the message last; a person reads timestamp, level and message first. Control characters
 * that JSON does not escape are escaped: a terminal obeys some, and some viewers break lines at others.
 */
function inReadableOrder(line: string): string {
  const levelEnd = line.indexOf(',');
  const message = MESSAGE_AT_END.exec(line);
  const level = line.slice(1, levelEnd) + (message?.[0] ?? '');
  const fields = line.slice(levelEnd, message?.index ?? -2);
  return `{"timestamp":"${new Date().toISOString()}",${level}${fields}}\n`.replace(
    CONTROLS,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What is logged of an error. */
interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
}

const MAX_MESSAGE = 2000;
const MAX_STACK = 8000;
const MAX_CAUSES = 4;

/**
 * An error as fields of a log line: type, message, code, stack, and its causes without their stacks. Pino's own serializer
 * copies all properties of an error: vendors keep whole requests in theirs, credentials included.
 */
function serializeError(error: unknown): unknown {
  return isErrorLike(error) ? describeError(error, 0) : error;
}

function describeError(error: Error, depth: number): LoggedError {
  const code: unknown = 'code' in error ? error.code : undefined;
  const cause = depth < MAX_CAUSES && isErrorLike(error.cause) ? error.cause : undefined;
  return {
    type: typeName(error),
    message: error.message.slice(0, MAX_MESSAGE),
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    stack: depth === 0 ? error.stack?.slice(0, MAX_STACK) : undefined,
    cause: cause && describeError(cause, depth + 1),
  };
}

/** The class says more than `name`, which most subclasses leave at `Error`. */
function typeName(error: Error): string {
  const className = (error.constructor as { name?: string } | undefined)?.name;
  return error.name === 'Error' && className && className !== 'Object' ? className : error.name;
}

/** Errors of another realm (a worker, a test runner) are no instances of this one's Error. */
function isErrorLike(value: unknown): value is Error {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string' &&
    'name' in value &&
    typeof value.name === 'string'
  );
}
