import { Module, type DynamicModule } from '@nestjs/common';
import { TracingConfig } from '@push/config';
import { Tracing } from './tracing';

/** Provides {@link Tracing} to the whole app. Needs `TracingConfig`. */
@Module({})
export class TracingModule {
  /** @param app name of the service in traces, unless OTEL_SERVICE_NAME says otherwise */
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
            // OpenTelemetry's SDK is loaded only by those who want it.
            const { SpanExport } = await import('./span-export.js');
            return new Tracing(new SpanExport(app, config.endpoint, config));
          },
        },
      ],
      exports: [Tracing],
    };
  }
}
