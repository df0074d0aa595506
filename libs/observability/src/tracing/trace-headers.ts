import {
  ROOT_CONTEXT,
  type Context,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api';
import { parseTraceParent, W3CTraceContextPropagator } from '@opentelemetry/core';
import { Scope } from './scope';

/** Headers of a request or a message. */
export type Headers = Readonly<Record<string, unknown>>;

const w3c = new W3CTraceContextPropagator();

const writer: TextMapSetter<Record<string, string>> = {
  set: (headers, name, value) => void (headers[name] = value),
};

const reader: TextMapGetter<Headers> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  },
};

/** Whether a value is a `traceparent` of the W3C's Trace Context (https://www.w3.org/TR/trace-context/). */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && parseTraceParent(value) !== null;
}

/** The trace that a request or a message belongs to; none where its headers name none, or not well. */
export function traceOf(headers: Headers | undefined): Context {
  return headers === undefined ? ROOT_CONTEXT : w3c.extract(ROOT_CONTEXT, headers, reader);
}

/** `traceparent` and `tracestate` of the caller's span, to be sent on; undefined outside of any trace. */
export function traceHeaders(): Record<string, string> | undefined {
  const scope = Scope.active;
  if (scope === undefined) return undefined;
  const headers: Record<string, string> = {};
  w3c.inject(scope.context, headers, writer);
  return headers;
}
