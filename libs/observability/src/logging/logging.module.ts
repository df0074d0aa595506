import { Injectable, Logger, Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import { LOG_LEVELS, LogConfig, type LogLevelName } from '@push/config';
import { LoggerModule, PinoLogger, type Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { stdoutDestination } from './log-destination';
import { lineOptions } from './log-line';
import { requestLogging } from './request-logging';

/**
 * Logs one JSON object a line on stdout. Use it with `app.useLogger(app.get(Logger))` and `bufferLogs: true`, and log
 * through Nest's `new Logger(Context.name)`: fields first, a constant message second.
 *
 * Lines logged while an HTTP request is handled carry its `correlation_id`: do not log that field yourself there.
 */
@Module({})
export class LoggingModule {
  /**
   * @param service name of the app, in every line
   * @param stream where the lines go. @default stdout
   */
  static forRoot(service: string, stream?: DestinationStream): DynamicModule {
    const logger = LoggerModule.forRootAsync({
      inject: [LogConfig],
      useFactory: ({ level }: LogConfig): Params => ({
        pinoHttp: [
          { ...lineOptions(service, level), ...requestLogging },
          stream ?? stdoutDestination(),
        ],
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
}

/** The level at which this process logs, which can be changed while it runs. */
@Injectable()
export class LogLevel {
  private readonly logger = new Logger(LogLevel.name);

  constructor(private readonly config: LogConfig) {}

  get current(): LogLevelName {
    return PinoLogger.root.level as LogLevelName;
  }

  /** The level at start. */
  get configured(): LogLevelName {
    return this.config.level;
  }

  /**
   * Changes the level, and logs the change at the lower of both; does nothing where it is that level already.
   * @param fields for the log line: who changed it
   */
  set(level: LogLevelName, fields: Record<string, unknown>): void {
    const from = this.current;
    if (level === from) return;
    const log = (): void => this.logger.log({ ...fields, from, to: level }, 'Log level changed');
    const quieter = LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(from);
    if (quieter) log();
    PinoLogger.root.level = level;
    if (!quieter) log();
  }
}

/** Contexts of Nest that log each module and route of a start. */
const START_CONTEXTS = new Set<unknown>([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
  'NestMicroservice',
]);

/** The same logger, with Nest's lines about its start at debug: people look for the one line that says "ready". */
export function quietStart<T extends LoggerService>(logger: T): T {
  const quiet = Object.create(logger) as T;
  quiet.log = (message: unknown, ...rest: unknown[]): void => {
    if (START_CONTEXTS.has(rest.at(-1))) logger.debug?.(message, ...rest);
    else logger.log(message, ...rest);
  };
  return quiet;
}
