import { Injectable, Logger } from '@nestjs/common';
import { LOG_LEVELS, LogConfig, type LogLevelName } from '@push/config';
import { PinoLogger } from 'nestjs-pino';

/** The level at which this process logs, which can change while it runs. */
@Injectable()
export class LogLevel {
  private readonly logger = new Logger(LogLevel.name);

  constructor(private readonly config: LogConfig) {}

  get current(): LogLevelName {
    return PinoLogger.root.level as LogLevelName;
  }

  /** The level to go back to. */
  get configured(): LogLevelName {
    return this.config.level;
  }

  /**
   * Changes it, and says so at the lower of both levels; does nothing where it is that level already.
   * @param fields for the log line: who wants it
   */
  set(level: LogLevelName, fields: Record<string, unknown>): void {
    const from = this.current;
    if (level === from) return;
    const tell = (): void => this.logger.log({ ...fields, from, to: level }, 'Log level changed');
    const quieter = LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(from);
    if (quieter) tell();
    PinoLogger.root.level = level;
    if (!quieter) tell();
  }
}
