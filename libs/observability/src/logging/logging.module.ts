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
import { LogLevel } from './log-level';
import { lineOptions } from './log-line';
import { stdoutByTurns } from './turn-stream';

/**
 * Logs one JSON object a line on stdout. Use it with `app.useLogger(app.get(Logger))` and `bufferLogs: true`, and log
 * through Nest's `new Logger(Context.name)`: fields first, a constant message second.
 *
 * The lines of one turn of the event loop are written together: see `TurnStream`. A buffer that waits for longer would
 * lose exactly the last lines before a crash.
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
        pinoHttp: [{ ...httpLogging, ...lineOptions(service, level) }, stream ?? stdoutByTurns()],
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
