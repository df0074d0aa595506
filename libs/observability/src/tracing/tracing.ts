import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Span, Tracer } from '@opentelemetry/api';
import { Scope, type SpanOutline } from './scope';
import { traceOf, type Headers } from './trace-headers';

/** Work that comes in from outside, with the headers that may say which trace it belongs to. */
export interface Entry extends SpanOutline {
  headers?: Headers;
}

/** Where the spans of an app are made and go to. */
export interface Spans {
  readonly tracer: Tracer;
  /** Sends what is left. Never rejects, and is over in time. */
  close(): Promise<void>;
}

/** Where traces begin or go on in this app. Steps further in need no more than {@link inSpan}. */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  /** @param spans where they go; without it tracing is off */
  constructor(private readonly spans?: Spans) {}

  /** False where no endpoint is configured: then nothing is recorded, sent or added to a header. */
  get on(): boolean {
    return this.spans !== undefined;
  }

  /** Begins a span that its caller ends; undefined while tracing is off. */
  begin({ headers, ...outline }: Entry): Scope | undefined {
    return this.spans && Scope.begin(this.spans.tracer, traceOf(headers), outline);
  }

  /**
   * Does what has come in, in a span of its own.
   * @param entry asked only while tracing is on
   */
  enter<T>(entry: () => Entry, work: (span: Span | undefined) => Promise<T>): Promise<T> {
    if (this.spans === undefined) return work(undefined);
    const { headers, ...outline } = entry();
    return Scope.begin(this.spans.tracer, traceOf(headers), outline).runToEnd(work);
  }

  /** By now all work has ended; what is still unsent is sent, for a moment at most. */
  async onApplicationShutdown(): Promise<void> {
    await this.spans?.close();
  }
}
