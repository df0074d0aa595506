import { Body, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody } from '@push/http';
import type { Wish } from '../../control/wish';
import { Wishes } from '../../control/wishes';
import { Actor } from '../access/actor.decorator';
import { AdminApi } from '../admin-api.decorator';
import { INTAKE_EXAMPLE } from './intake.example';
import {
  ConcurrencyDto,
  concurrencySchema,
  intakeSchema,
  PauseDto,
  pauseSchema,
  type IntakeView,
} from './intake.schema';
import { IntakeWriter } from './intake.writer';

const PAUSED = 'Intake is paused in all instances; messages stay in the queue';
const RESUMED = 'Intake goes on in all instances, as far as nothing that it needs is down';
const CHANGED = 'The concurrency of each instance is changed';
const RESTORED = 'The concurrency of each instance is as configured';
const RUNNING_EXAMPLE: IntakeView = { ...INTAKE_EXAMPLE, paused: false, operator_pause: null };

/** Whether messages are taken from the queue, and how many at once. What is asked of one instance holds for all. */
@AdminApi('intake', 'Intake')
export class IntakeController {
  constructor(
    private readonly wishes: Wishes,
    private readonly writer: IntakeWriter,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'getIntake', summary: 'Intake, queues and instances' })
  @ApiAnswer(intakeSchema, { description: 'Intake as it is now', example: INTAKE_EXAMPLE })
  async get(): Promise<Envelope<IntakeView>> {
    return success(await this.writer.write(), 'Intake as it is now');
  }

  @Post('pause')
  @HttpCode(200)
  @ApiOperation({ operationId: 'pauseIntake', summary: 'Take no more messages in' })
  @ApiJsonBody(pauseSchema, { reason: 'campaign stopped' })
  @ApiAnswer(intakeSchema, { description: PAUSED, example: INTAKE_EXAMPLE })
  pause(@Body() { reason }: PauseDto, @Actor() by: string): Promise<Envelope<IntakeView>> {
    const word = { paused: true, by, at: Date.now(), reason };
    return this.tell({ about: 'pause', word }, PAUSED);
  }

  @Post('resume')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resumeIntake', summary: 'Take messages in again' })
  @ApiAnswer(intakeSchema, { description: RESUMED, example: RUNNING_EXAMPLE })
  resume(@Actor() by: string): Promise<Envelope<IntakeView>> {
    const word = { paused: false, by, at: Date.now() };
    return this.tell({ about: 'pause', word }, RESUMED);
  }

  @Put('concurrency')
  @ApiOperation({
    operationId: 'setMaxConcurrency',
    summary: 'Most messages in hand of each instance',
  })
  @ApiJsonBody(concurrencySchema, { concurrency: 50 })
  @ApiAnswer(intakeSchema, { description: CHANGED, example: RUNNING_EXAMPLE })
  setMaxConcurrency(
    @Body() { concurrency }: ConcurrencyDto,
    @Actor() by: string,
  ): Promise<Envelope<IntakeView>> {
    const word = { value: concurrency, by, at: Date.now() };
    return this.tell({ about: 'concurrency', word }, CHANGED);
  }

  @Delete('concurrency')
  @ApiOperation({ operationId: 'restoreConcurrency', summary: 'Back to MAX_CONCURRENT_MESSAGES' })
  @ApiAnswer(intakeSchema, { description: RESTORED, example: RUNNING_EXAMPLE })
  restoreConcurrency(@Actor() by: string): Promise<Envelope<IntakeView>> {
    const word = { value: null, by, at: Date.now() };
    return this.tell({ about: 'concurrency', word }, RESTORED);
  }

  private async tell(wish: Wish, message: string): Promise<Envelope<IntakeView>> {
    await this.wishes.tell(wish);
    return success(await this.writer.write(), message);
  }
}
