import {
  Module,
  RequestMethod,
  type DynamicModule,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { LogConfig } from '@push/config';
import { LoggerModule, type Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { identifyRequest } from '../correlation/correlation-id.middleware';
import { httpLogging } from './http-logging';
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
        pinoHttp: [{ ...httpLogging, ...lineOptions(service, level) }, stream ?? stdoutInBatches()],
      }),
    });
    // Global, as nestjs-pino's module is: else Nest mounts its middleware behind that one's.
    return {
      module: LoggingModule,
      global: true,
      imports: [logger],
      providers: [LogLevel],
      exports: [LogLevel],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(identifyRequest).forRoutes({ path: '{/*splat}', method: RequestMethod.ALL });
  }
}
