import type { LoggerOptions } from 'pino';
import { serializeError } from './serialize-error';

/** Fields whose value is never logged, at the top of a line or one object below. */
const SECRETS = [
  'token',
  'push_token',
  'push_tokens',
  'authorization',
  'x-api-key',
  'api_key',
  'password',
  'secret',
] as const;

/** Pino's settings for the log lines of one service: the names, their order, errors, and what is never shown. */
export function lineOptions(service: string, level: string): LoggerOptions {
  return {
    level,
    base: { service },
    messageKey: 'message',
    errorKey: 'err',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: {
      level: (label) => ({ level: label.toUpperCase() }),
      log: contextLast,
    },
    serializers: { err: serializeError },
    redact: { paths: SECRETS.flatMap(anyDepthOfTwo), censor: '[redacted]' },
    hooks: { streamWrite: readableOrder },
  };
}

function anyDepthOfTwo(name: string): string[] {
  const quoted = name.includes('-') ? `["${name}"]` : name;
  return [quoted, name.includes('-') ? `*["${name}"]` : `*.${name}`];
}

/** nestjs-pino puts the logger's context before the fields; whose notification it is matters more. */
function contextLast(fields: Record<string, unknown>): Record<string, unknown> {
  const { context, ...rest } = fields;
  return context === undefined ? fields : Object.assign(rest, { context });
}

const LEADING_LEVEL = /^\{("level":"[A-Z]+"),("timestamp":"[^"]+")/;
const LAST_MEMBER_IS_TEXT = /^,"message":"(?:[^"\\]|\\.)*"$/;

/**
 * Moves the message, which pino writes last, to the front: timestamp, level, message, and then the rest. The order means
 * nothing to a machine; a person reads these first.
 */
export function readableOrder(line: string): string {
  const head = LEADING_LEVEL.exec(line);
  if (!head) return line;
  const at = line.lastIndexOf(',"message":"');
  const message = line.slice(at, -2);
  const found = at > 0 && line.endsWith('}\n') && LAST_MEMBER_IS_TEXT.test(message);
  const rest = found ? `${line.slice(head[0].length, at)}}\n` : line.slice(head[0].length);
  return `{${head[2] ?? ''},${head[1] ?? ''}${found ? message : ''}${rest}`;
}
