import { Body, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody } from '@push/http';
import type { Override } from '../../control/override-store';
import { Overrides } from '../../control/overrides';
import { Actor, AdminApi } from '../access/admin-api.decorator';
import { IntakeReport } from './intake.report';
import {
  ConcurrencyDto,
  concurrencySchema,
  intakeSchema,
  PAUSED_EXAMPLE,
  PauseDto,
  pauseSchema,
  RUNNING_EXAMPLE,
  type IntakeView,
} from './intake.schema';

const CURRENT = 'The current state of intake';
const PAUSED = 'Intake is paused in all instances; messages stay in the queue';
const RESUMED = 'Intake is resumed in all instances, unless a dependency that it needs is down';
const CHANGED = 'The concurrency of each instance is changed';
const RESTORED = 'The concurrency of each instance is as configured';

/** Whether messages are consumed, and how many at once. A change requested from one instance applies to all. */
@AdminApi('intake', 'Intake')
export class IntakeController {
  constructor(
    private readonly overrides: Overrides,
    private readonly intake: IntakeReport,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'getIntake', summary: 'Intake, queues and instances' })
  @ApiAnswer(intakeSchema, { description: CURRENT, example: PAUSED_EXAMPLE })
  async get(): Promise<Envelope<IntakeView>> {
    return success(await this.intake.read(), CURRENT);
  }

  @Post('pause')
  @HttpCode(200)
  @ApiOperation({ operationId: 'pauseIntake', summary: 'Stop consuming messages' })
  @ApiJsonBody(pauseSchema, { reason: 'campaign stopped' })
  @ApiAnswer(intakeSchema, { description: PAUSED, example: PAUSED_EXAMPLE })
  pause(@Body() { reason }: PauseDto, @Actor() by: string): Promise<Envelope<IntakeView>> {
    return this.set({ kind: 'pause', value: { paused: true, by, at: Date.now(), reason } }, PAUSED);
  }

  @Post('resume')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resumeIntake', summary: 'Consume messages again' })
  @ApiAnswer(intakeSchema, { description: RESUMED, example: RUNNING_EXAMPLE })
  resume(@Actor() by: string): Promise<Envelope<IntakeView>> {
    return this.set({ kind: 'pause', value: { paused: false, by, at: Date.now() } }, RESUMED);
  }

  @Put('concurrency')
  @ApiOperation({
    operationId: 'setMaxConcurrency',
    summary: 'Set the maximum of messages in flight of each instance',
  })
  @ApiJsonBody(concurrencySchema, { concurrency: 50 })
  @ApiAnswer(intakeSchema, { description: CHANGED, example: RUNNING_EXAMPLE })
  setMaxConcurrency(
    @Body() { concurrency: value }: ConcurrencyDto,
    @Actor() by: string,
  ): Promise<Envelope<IntakeView>> {
    return this.set({ kind: 'concurrency', value: { value, by, at: Date.now() } }, CHANGED);
  }

  @Delete('concurrency')
  @ApiOperation({
    operationId: 'restoreConcurrency',
    summary: 'Restore MAX_CONCURRENT_MESSAGES',
  })
  @ApiAnswer(intakeSchema, { description: RESTORED, example: RUNNING_EXAMPLE })
  restoreConcurrency(@Actor() by: string): Promise<Envelope<IntakeView>> {
    return this.set({ kind: 'concurrency', value: { value: null, by, at: Date.now() } }, RESTORED);
  }

  private async set(override: Override, message: string): Promise<Envelope<IntakeView>> {
    await this.overrides.set(override);
    return success(await this.intake.read(), message);
  }
}
