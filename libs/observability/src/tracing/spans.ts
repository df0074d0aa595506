import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
} from '@opentelemetry/api';
import { parseTraceParent, W3CTraceContextPropagator } from '@opentelemetry/core';

/** Empty while tracing is off. */
const scopes = new AsyncLocalStorage<Scope>();

/** Makes and exports the spans of an app. */
export interface Spans {
  readonly tracer: Tracer;
  /** Sends what is left. Never rejects, and ends within a few seconds. */
  close(): Promise<void>;
}

/** A span that is to begin. Neither its name nor its attributes hold a token, a body, or anything of a user. */
export interface SpanOutline {
  /** One of a small set. */
  name: string;
  /** @default SpanKind.INTERNAL */
  kind?: SpanKind;
  /** By OpenTelemetry's semantic conventions; our own begin with `push.` */
  attributes?: Attributes;
}

/**
 * A running span, with the tracer that makes its child spans: the apps of one process do not share traces. All work that
 * a scope runs finds it again by {@link Scope.active}, as long as it is awaited.
 */
export class Scope {
  private constructor(
    readonly tracer: Tracer,
    readonly span: Span,
    readonly context: Context,
  ) {}

  /** That of the caller; undefined outside of any trace, and while tracing is off. */
  static get active(): Scope | undefined {
    return scopes.getStore();
  }

  static begin(tracer: Tracer, parent: Context, { name, kind, attributes }: SpanOutline): Scope {
    const span = tracer.startSpan(name, { kind, attributes }, parent);
    return new Scope(tracer, span, trace.setSpan(parent, span));
  }

  run<T>(work: () => T): T {
    return scopes.run(this, work);
  }

  /** Runs work, and ends the span with it. */
  async runToEnd<T>(work: (span: Span) => Promise<T>): Promise<T> {
    try {
      return await scopes.run(this, work, this.span);
    } catch (error) {
      failSpan(this.span, error);
      throw error;
    } finally {
      this.span.end();
    }
  }
}

/**
 * Marks a span as failed. The text of an error is left out: it may quote input, and the log has it.
 * @param error anything thrown, or a code of a small set
 */
export function failSpan(span: Span, error: unknown): void {
  span.setAttribute('error.type', typeof error === 'string' ? error : typeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Runs a step as a span of the caller's trace; outside of any it just runs the step. */
export function inSpan<T>(name: string, step: () => Promise<T>): Promise<T> {
  const scope = scopes.getStore();
  if (scope === undefined) return step();
  return Scope.begin(scope.tracer, scope.context, { name }).runToEnd(step);
}

/** As {@link inSpan}, with attributes. @param outline called only within a trace */
export function inDescribedSpan<T>(
  outline: () => SpanOutline,
  step: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const scope = scopes.getStore();
  if (scope === undefined) return step(undefined);
  return Scope.begin(scope.tracer, scope.context, outline()).runToEnd(step);
}

/** The ids of the caller's span, as log lines have them; undefined outside of any trace. */
export function activeTrace(): { trace_id: string; span_id: string } | undefined {
  const scope = scopes.getStore();
  if (scope === undefined) return undefined;
  const { traceId, spanId } = scope.span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

/** A request to another service. */
export interface OutgoingRequest {
  method: string;
  /** Scheme, host and port; nothing more of the URL is recorded. */
  origin: string;
  /** Its path with placeholders, such as `/api/v1/users/{user_id}`: the ids in a path are not recorded. */
  route: string;
}

/**
 * Sends a request as a span of the caller's trace; outside of any it just sends it.
 * @param send sends it, with these headers too, and returns the answer
 * @param statusOf the HTTP status of the answer
 */
export function inRequestSpan<T>(
  request: OutgoingRequest,
  send: (headers: Record<string, string> | undefined) => Promise<T>,
  statusOf: (answer: T) => number,
): Promise<T> {
  const scope = scopes.getStore();
  if (scope === undefined) return send(undefined);
  const child = Scope.begin(scope.tracer, scope.context, describeRequest(request));
  return child.runToEnd(async (span) => {
    const answer = await send(traceHeaders());
    const status = statusOf(answer);
    span.setAttribute('http.response.status_code', status);
    if (status >= 400) failSpan(span, String(status));
    return answer;
  });
}

/** The span of a request, by https://opentelemetry.io/docs/specs/semconv/http/http-spans/. */
export function describeRequest({ method, origin, route }: OutgoingRequest) {
  const { protocol, hostname, port } = new URL(origin);
  return {
    name: `${method} ${route}`,
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'url.template': route,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    },
  };
}

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

/** The trace that a request or a message belongs to; none where its headers have no valid `traceparent`. */
export function traceOf(headers: Headers | undefined): Context {
  return headers === undefined ? ROOT_CONTEXT : w3c.extract(ROOT_CONTEXT, headers, reader);
}

/** `traceparent` and `tracestate` of the caller's span, to be sent on; undefined outside of any trace. */
export function traceHeaders(): Record<string, string> | undefined {
  const scope = scopes.getStore();
  if (scope === undefined) return undefined;
  const headers: Record<string, string> = {};
  w3c.inject(scope.context, headers, writer);
  return headers;
}

/** Makes and exports the spans of an app. */
export interface Spans {
  readonly tracer: Tracer;
  /** Sends what is left. Never rejects, and ends within a few seconds. */
  close(): Promise<void>;
}
