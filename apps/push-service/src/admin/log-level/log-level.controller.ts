import { Body, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { LOG_LEVELS } from '@push/config';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody } from '@push/http';
import { LogLevel } from '@push/observability';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { LogLevelOverride } from '../../control/override-store';
import { Overrides } from '../../control/overrides';
import { Actor, AdminApi } from '../access/admin-api.decorator';
import { wholeNumber } from '../fields';

const MAX_SECONDS = 86_400;

const logLevelSchema = z.object({
  level: z.enum(LOG_LEVELS).describe('Of this instance, now'),
  configured: z.enum(LOG_LEVELS),
  wished: z
    .object({
      level: z.enum(LOG_LEVELS).nullable(),
      by: z.string(),
      since: z.string(),
      until: z.string().nullable(),
    })
    .nullable()
    .describe('The override of an operator; a level of null means as configured'),
});

type LogLevelView = z.output<typeof logLevelSchema>;

/** Not `silent`: it would hide who restores the level. */
const LEVELS = LOG_LEVELS.filter((level) => level !== 'silent');

const setLogLevelSchema = z.strictObject({
  level: z.enum(LEVELS, { error: `level should be one of ${LEVELS.join(', ')}` }),
  for_seconds: wholeNumber('for_seconds', MAX_SECONDS)
    .optional()
    .describe('After this time the configured level is restored; left out, there is no limit'),
});

class LogLevelDto extends createZodDto(setLogLevelSchema) {}

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

const CURRENT = 'The level of this instance';
const CHANGED = 'All instances log at this level';
const RESTORED = 'All instances log at the configured level';

/** How much is logged. A change requested from one instance applies to all. */
@AdminApi('log-level', 'Log level')
export class LogLevelController {
  constructor(
    private readonly overrides: Overrides,
    private readonly logLevel: LogLevel,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'getLogLevel', summary: 'The current log level' })
  @ApiAnswer(logLevelSchema, { description: CURRENT, example: EXAMPLE })
  get(): Envelope<LogLevelView> {
    return success(this.view(), CURRENT);
  }

  @Put()
  @ApiOperation({ operationId: 'setLogLevel', summary: 'Change it, with or without a time limit' })
  @ApiJsonBody(setLogLevelSchema, { level: 'debug', for_seconds: 600 })
  @ApiAnswer(logLevelSchema, { description: CHANGED, example: EXAMPLE })
  set(
    @Body() { level, for_seconds: seconds }: LogLevelDto,
    @Actor() by: string,
  ): Promise<Envelope<LogLevelView>> {
    const at = Date.now();
    const until = seconds === undefined ? undefined : at + seconds * 1000;
    return this.override({ level, by, at, until }, CHANGED);
  }

  @Delete()
  @ApiOperation({ operationId: 'restoreLogLevel', summary: 'Restore LOG_LEVEL' })
  @ApiAnswer(logLevelSchema, { description: RESTORED, example: CONFIGURED_EXAMPLE })
  restore(@Actor() by: string): Promise<Envelope<LogLevelView>> {
    return this.override({ level: null, by, at: Date.now() }, RESTORED);
  }

  private async override(
    value: LogLevelOverride,
    message: string,
  ): Promise<Envelope<LogLevelView>> {
    await this.overrides.set({ kind: 'log_level', value });
    return success(this.view(), message);
  }

  private view(): LogLevelView {
    const override = this.overrides.get('log_level')?.value;
    return {
      level: this.logLevel.current,
      configured: this.logLevel.configured,
      wished: override
        ? {
            level: override.level,
            by: override.by,
            since: new Date(override.at).toISOString(),
            until: override.until === undefined ? null : new Date(override.until).toISOString(),
          }
        : null,
    };
  }
}
