import { Logger, type LoggerService } from '@nestjs/common';
import type { Tracer } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '@push/config';
import type { Spans } from './spans';

/** Spans that wait for the collector at most; more are dropped, as traces must not cost a delivery. */
const MAX_WAITING = 4096;
const MAX_BATCH = 512;
const EXPORT_EVERY_MS = 2000;
/** Deadline of one export, its retries included. */
const EXPORT_TIMEOUT_MS = 5000;
/** Most milliseconds that a shutdown waits for the collector. */
const CLOSE_TIMEOUT_MS = 3000;
/** Longer texts are cut; a span has at most 32 attributes. */
const LIMITS = { attributeValueLengthLimit: 256, attributeCountLimit: 32 };

/** Makes spans, and sends the sampled ones to a collector in batches, as OTLP over HTTP. */
export class SpanExport implements Spans {
  readonly tracer: Tracer;
  private readonly provider: TracerProvider;

  /** @param endpoint URL that takes OTLP traces */
  constructor(app: string, endpoint: string, { headers, ratio, serviceName = app }: TracingConfig) {
    const exporter = new LoggedExporter(
      new OTLPTraceExporter({ url: endpoint, headers, timeoutMillis: EXPORT_TIMEOUT_MS }),
      new Logger('Tracing'),
    );
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanLimits: LIMITS,
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: MAX_WAITING,
          maxExportBatchSize: MAX_BATCH,
          scheduledDelayMillis: EXPORT_EVERY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    });
    // Not the global one: each app of a process has its own.
    this.tracer = this.provider.getTracer(app);
  }

  /** Sends what is waiting. Never rejects, and ends in time: what cannot be sent is lost. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    // The exporter has logged the failure.
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}

/** Logs once when the collector becomes unreachable and once when it is back, however many exports fail between. */
export class LoggedExporter implements SpanExporter {
  private failing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      this.logChange(result);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  private logChange({ code, error }: ExportResult): void {
    const failed = code === ExportResultCode.FAILED;
    if (failed === this.failing) return;
    this.failing = failed;
    if (failed) {
      // A collector's answer may be anything: only its code or status is logged.
      this.logger.warn(
        { reason: reasonOf(error) },
        'Traces cannot be sent and are dropped; check OTEL_EXPORTER_OTLP_ENDPOINT and the collector',
      );
    } else this.logger.log('Traces are sent again');
  }
}

function reasonOf(error: Error | undefined): string | number {
  const code: unknown = error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : (error?.name ?? 'unknown');
}
