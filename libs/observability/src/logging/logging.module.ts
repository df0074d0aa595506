import { Module, type DynamicModule, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogConfig } from '@push/config';
import { LoggerModule, PinoLogger, type Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { identifyRequest } from '../correlation/identify-request';
import { inRequest } from '../correlation/request-scope';
import { logRequest } from './http-logging';
import { stdoutInBatches } from './batch-stream';
import { LogLevel } from './log-level';
import { lineOptions } from './log-line';

/**
 * Logs one JSON object a line on stdout. Use it with `app.useLogger(app.get(Logger))` and `bufferLogs: true`, and log
 * through Nest's `new Logger(Context.name)`: fields first, a constant message second.
 *
 * Lines are written many together, errors at once: see `BatchStream`. Only a process that is killed outright loses any, those
 * below `error` of its last 20 ms.
 */
@Module({})
export class LoggingModule implements NestModule {
  /**
   * @param service name of the app, in every line
   * @param stream where the lines go. @default stdout
   */
  static forRoot(service: string, stream?: DestinationStream): DynamicModule {
    const logger = LoggerModule.forRootAsync({
      inject: [LogConfig],
      useFactory: ({ level }: LogConfig): Params => ({
        pinoHttp: [
          { ...lineOptions(service, level), wrapSerializers: false },
          stream ?? stdoutInBatches(),
        ],
        // Its middleware makes loggers for each request; here a hook does with none.
        forRoutes: [],
      }),
    });
    return {
      module: LoggingModule,
      global: true,
      imports: [logger],
      providers: [LogLevel],
      exports: [LogLevel],
    };
  }

  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  /** Called in apps that speak HTTP. A hook of Fastify's, as middlewares of Nest's cost a request a sixth more CPU. */
  configure(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.addHook('onRequest', ({ raw: request }, { raw: response }, done) => {
      const id = identifyRequest(request, response);
      logRequest(request, response, id, PinoLogger.root);
      inRequest(id, done);
    });
  }
}
