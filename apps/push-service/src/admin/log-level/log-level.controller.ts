import { Body, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody } from '@push/http';
import { LogLevel } from '@push/observability';
import type { LogLevelWish } from '../../control/wish';
import { Wishes } from '../../control/wishes';
import { Actor } from '../access/actor.decorator';
import { AdminApi } from '../admin-api.decorator';
import {
  LogLevelDto,
  logLevelSchema,
  setLogLevelSchema,
  type LogLevelView,
} from './log-level.schema';

const CHANGED = 'All instances log at this level';
const RESTORED = 'All instances log as configured';
const iso = (at: number): string => new Date(at).toISOString();

const EXAMPLE: LogLevelView = {
  level: 'debug',
  configured: 'info',
  wished: {
    level: 'debug',
    by: 'alice',
    since: '2026-11-24T12:00:00.000Z',
    until: '2026-11-24T12:10:00.000Z',
  },
};
const CONFIGURED_EXAMPLE: LogLevelView = { level: 'info', configured: 'info', wished: null };

/** How much is logged. What is asked of one instance holds for all. */
@AdminApi('log-level', 'Log level')
export class LogLevelController {
  constructor(
    private readonly wishes: Wishes,
    private readonly logLevel: LogLevel,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'getLogLevel', summary: 'The level at which is logged' })
  @ApiAnswer(logLevelSchema, { description: 'The level of this instance', example: EXAMPLE })
  get(): Envelope<LogLevelView> {
    return success(this.view(), 'The level of this instance');
  }

  @Put()
  @ApiOperation({ operationId: 'setLogLevel', summary: 'Change it, for a time if you like' })
  @ApiJsonBody(setLogLevelSchema, { level: 'debug', for_seconds: 600 })
  @ApiAnswer(logLevelSchema, { description: CHANGED, example: EXAMPLE })
  set(
    @Body() { level, for_seconds: seconds }: LogLevelDto,
    @Actor() by: string,
  ): Promise<Envelope<LogLevelView>> {
    const at = Date.now();
    const until = seconds === undefined ? undefined : at + seconds * 1000;
    return this.tell({ level, by, at, until }, CHANGED);
  }

  @Delete()
  @ApiOperation({ operationId: 'restoreLogLevel', summary: 'Back to LOG_LEVEL' })
  @ApiAnswer(logLevelSchema, { description: RESTORED, example: CONFIGURED_EXAMPLE })
  restore(@Actor() by: string): Promise<Envelope<LogLevelView>> {
    return this.tell({ level: null, by, at: Date.now() }, RESTORED);
  }

  private async tell(word: LogLevelWish, message: string): Promise<Envelope<LogLevelView>> {
    await this.wishes.tell({ about: 'log_level', word });
    return success(this.view(), message);
  }

  private view(): LogLevelView {
    const word = this.wishes.get('log_level')?.word;
    return {
      level: this.logLevel.current,
      configured: this.logLevel.configured,
      wished: word
        ? {
            level: word.level,
            by: word.by,
            since: iso(word.at),
            until: word.until === undefined ? null : iso(word.until),
          }
        : null,
    };
  }
}
