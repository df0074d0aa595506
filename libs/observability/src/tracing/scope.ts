import { AsyncLocalStorage } from 'node:async_hooks';
import {
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { failSpan } from './failure';

/** Nothing is ever put into it while tracing is off. */
const scopes = new AsyncLocalStorage<Scope>();

/**
 * A span under way, with the tracer that spans below it are made by: several apps of one process do not meet. Whatever
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

/** A span that is to begin. Neither its name nor its attributes hold a token, a body, or anything of a user. */
export interface SpanOutline {
  /** Of a small set. */
  name: string;
  /** @default SpanKind.INTERNAL */
  kind?: SpanKind;
  /** By OpenTelemetry's semantic conventions; our own begin with `push.` */
  attributes?: Attributes;
}

/** Does a step as a span of the trace that the caller is in; outside of any it is done just so. */
export function inSpan<T>(name: string, step: () => Promise<T>): Promise<T> {
  const scope = scopes.getStore();
  if (scope === undefined) return step();
  return Scope.begin(scope.tracer, scope.context, { name }).runToEnd(step);
}

/** As {@link inSpan}, for one that has more to say. @param outline asked only inside of a trace */
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
