import { Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import { TracingConfig } from '@push/config';
import { Scope, traceOf, type Headers, type SpanOutline, type Spans } from './spans';

/** Work that arrives from outside, with the headers that may name the trace it belongs to. */
export interface Entry extends SpanOutline {
  headers?: Headers;
}

/** Begins or continues traces in this app. Steps within a trace only need {@link inSpan}. */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  /** @param spans left out, tracing is off */
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
   * Runs work that arrives from outside in a span of its own.
   * @param entry called only while tracing is on
   */
  enter<T>(entry: () => Entry, work: (span: Span | undefined) => Promise<T>): Promise<T> {
    if (this.spans === undefined) return work(undefined);
    const { headers, ...outline } = entry();
    return Scope.begin(this.spans.tracer, traceOf(headers), outline).runToEnd(work);
  }

  /** All work has ended by now; spans not sent yet are sent. */
  async onApplicationShutdown(): Promise<void> {
    await this.spans?.close();
  }
}

/** Provides {@link Tracing} to the whole app. Needs `TracingConfig`. */
@Module({})
export class TracingModule {
  /** @param app name of the service in traces, unless OTEL_SERVICE_NAME is set */
  static forRoot(app: string): DynamicModule {
    return {
      module: TracingModule,
      global: true,
      providers: [
        {
          provide: Tracing,
          inject: [TracingConfig],
          useFactory: async (config: TracingConfig) => {
            if (config.endpoint === undefined) return new Tracing();
            // OpenTelemetry's SDK is loaded only where tracing is on.
            const { SpanExport } = await import('./span-export.js');
            return new Tracing(new SpanExport(app, config.endpoint, config));
          },
        },
      ],
      exports: [Tracing],
    };
  }
}
