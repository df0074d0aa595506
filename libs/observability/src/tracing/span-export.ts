import { Logger } from '@nestjs/common';
import type { TracingConfig } from '@push/config';
import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { LoggedExporter } from './logged-exporter';
import type { Spans } from './tracing';

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

/** Makes spans, and sends those that are kept to a collector in batches, as OTLP over HTTP. */
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

  /** Sends what is waiting. Never rejects, and is over in time: what cannot be sent is lost. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    // What went wrong has been logged by the exporter.
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}
