import type { LoggerService } from '@nestjs/common';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** An exporter whose collector is told of once when it goes away and once when it is back, however long that takes. */
export class LoggedExporter implements SpanExporter {
  private failing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      this.note(result);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  private note({ code, error }: ExportResult): void {
    const failed = code === ExportResultCode.FAILED;
    if (failed === this.failing) return;
    this.failing = failed;
    if (failed) {
      // A collector's answer may be anything; a code or a status is all that is told of it.
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
