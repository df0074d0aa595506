import type { LoggerOptions } from 'pino';
import { requestCorrelationId } from '../correlation/request-scope';
import { activeTrace } from '../tracing/scope';
import { withoutSecrets } from './secrets';
import { serializeError } from './serialize-error';
import { isoTime } from './timestamp';

/** Pino's settings for the log lines of one service: the names, their order, errors, and what is never shown. */
export function lineOptions(service: string, level: string): LoggerOptions {
  return {
    level,
    base: { service },
    messageKey: 'message',
    errorKey: 'err',
    timestamp: () => `,"timestamp":"${isoTime(Date.now())}"`,
    formatters: {
      level: (label) => ({ level: label.toUpperCase() }),
      // Cheaper than pino's mixin: the fields are a copy already.
      log: (fields) => Object.assign(withoutSecrets(inItsRequest(fields)), activeTrace()),
    },
    serializers: { err: serializeError },
    hooks: { streamWrite: (line) => readableOrder(withoutControls(line)) },
  };
}

/** With the id of the request that it is about, where it is about one and does not say so itself. */
function inItsRequest(fields: Record<string, unknown>): Record<string, unknown> {
  const id = requestCorrelationId();
  return id === undefined ? fields : { correlation_id: id, ...fields };
}

const CONTROLS = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * Escapes the controls that JSON lets through as they are: a terminal obeys some, and a viewer breaks lines at others.
 * They stand inside of texts only.
 */
export function withoutControls(line: string): string {
  return line.replace(
    CONTROLS,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const LEVEL = '{"level":"';
const TIMESTAMP = '","timestamp":"';
const LAST_MEMBER_IS_TEXT = /^,"message":"[^"\\]*(?:\\.[^"\\]*)*"$/;

/**
 * Moves the message, which pino writes last, to the front: timestamp, level, message, and then the rest. The order means
 * nothing to a machine; a person reads these first.
 */
export function readableOrder(line: string): string {
  const levelEnd = line.indexOf('"', LEVEL.length);
  if (!line.startsWith(LEVEL) || !line.startsWith(TIMESTAMP, levelEnd)) return line;
  const headEnd = line.indexOf('"', levelEnd + TIMESTAMP.length) + 1;
  if (headEnd === 0) return line;
  const level = line.slice(1, levelEnd + 1);
  const timestamp = line.slice(levelEnd + 2, headEnd);
  const at = line.lastIndexOf(',"message":"');
  const message = line.slice(at, -2);
  const found = at > 0 && line.endsWith('}\n') && LAST_MEMBER_IS_TEXT.test(message);
  return found
    ? `{${timestamp},${level}${message}${line.slice(headEnd, at)}}\n`
    : `{${timestamp},${level}${line.slice(headEnd)}`;
}
