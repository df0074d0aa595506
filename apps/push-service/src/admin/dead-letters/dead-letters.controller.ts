import {
  Body,
  ConflictException,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { pageMeta, success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { QueueBrowseError } from '@push/queue';
import { Actor, AdminApi } from '../access/admin-api.decorator';
import { DeadLetterActions, type ActionOrder } from './dead-letter-actions';
import { DeadLetterBrowser } from './dead-letter-browser';
import { deadLetterId, fullDeadLetterSchema, type FullDeadLetterView } from './dead-letter.view';
import {
  ACTION_EXAMPLE,
  ActionBody,
  actionSchema,
  DeadLetterPath,
  EXAMPLE,
  FULL_EXAMPLE,
  ListQuery,
  matcherOf,
  pageSchema,
  REPORT_EXAMPLE,
  reportSchema,
  SUMMARY_EXAMPLE,
  summarySchema,
  type Action,
  type Page,
  type Report,
  type Summary,
} from './dead-letters.schema';

const RETRY_AFTER_SECONDS = 3;

const NOT_FOUND = [
  'letter_not_found',
  'There is no dead letter with this id; it may have been replayed or discarded',
] as const;
const BUSY = [
  'busy',
  'Another request is browsing the dead letters; try again in a few seconds',
] as const;

const LISTED = 'Dead letters, oldest first';
const SUMMARY = 'What is in the dead-letter queue';
const ONE_REPLAYED = { ...REPORT_EXAMPLE, matched: 1, done: 1 };

/** Shows, replays and discards dead letters. */
@AdminApi('dead-letters', 'Dead letters')
@ApiRefusals({ 409: BUSY })
export class DeadLettersController {
  constructor(
    private readonly browser: DeadLetterBrowser,
    private readonly actions: DeadLetterActions,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'Dead letters, oldest first' })
  @ApiAnswer(pageSchema, {
    description: LISTED,
    example: { letters: [EXAMPLE], visited: 42, complete: true },
    meta: pageMeta(42, 1, 20),
  })
  async list(@Query() { page, limit, ...filter }: ListQuery): Promise<Envelope<Page>> {
    const found = await unlessBusy(this.browser.list(filter, page, limit));
    const message = found.page.complete
      ? LISTED
      : `${LISTED}; there was no time to read all of them, so there may be more`;
    return success(found.page, message, pageMeta(found.total, page, limit));
  }

  @Get('summary')
  @ApiOperation({ operationId: 'summariseDeadLetters', summary: 'Counts by error code' })
  @ApiAnswer(summarySchema, { description: SUMMARY, example: SUMMARY_EXAMPLE })
  async summary(): Promise<Envelope<Summary>> {
    return success(await unlessBusy(this.browser.summary()), SUMMARY);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'showDeadLetter', summary: 'One dead letter, its tokens masked' })
  @ApiAnswer(fullDeadLetterSchema, { description: 'A dead letter', example: FULL_EXAMPLE })
  @ApiRefusals({ 404: NOT_FOUND })
  async show(@Param() { id }: DeadLetterPath): Promise<Envelope<FullDeadLetterView>> {
    const letter = await unlessBusy(this.browser.find(id));
    if (letter === undefined) throw notFound();
    return success(letter, 'A dead letter');
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'replayDeadLetters',
    summary: 'Replays many dead letters, or counts them',
  })
  @ApiJsonBody(actionSchema, ACTION_EXAMPLE)
  @ApiAnswer(reportSchema, { description: 'Replayed', example: REPORT_EXAMPLE })
  replay(@Body() body: ActionBody, @Actor() actor: string): Promise<Envelope<Report>> {
    return this.runMany('replay', body, actor);
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'discardDeadLetters',
    summary: 'Removes many dead letters, or counts them',
  })
  @ApiJsonBody(actionSchema, ACTION_EXAMPLE)
  @ApiAnswer(reportSchema, { description: 'Discarded', example: REPORT_EXAMPLE })
  discard(@Body() body: ActionBody, @Actor() actor: string): Promise<Envelope<Report>> {
    return this.runMany('discard', body, actor);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({ operationId: 'replayDeadLetter', summary: 'Replays one dead letter' })
  @ApiAnswer(reportSchema, { description: 'Replayed', example: ONE_REPLAYED })
  @ApiRefusals({ 404: NOT_FOUND })
  async replayOne(
    @Param() { id }: DeadLetterPath,
    @Actor() actor: string,
  ): Promise<Envelope<Report>> {
    const report = await this.runOne('replay', id, actor);
    const [reason] = report.in_progress > 0 ? ['in_progress'] : Object.keys(report.reasons);
    if (reason !== undefined) throw notReplayed(reason);
    return success(report, 'Replayed');
  }

  @Delete(':id')
  @ApiOperation({ operationId: 'discardDeadLetter', summary: 'Removes one dead letter' })
  @ApiAnswer(reportSchema, {
    description: 'Discarded',
    example: { ...ONE_REPLAYED, in_progress: 0 },
  })
  @ApiRefusals({ 404: NOT_FOUND })
  async discardOne(
    @Param() { id }: DeadLetterPath,
    @Actor() actor: string,
  ): Promise<Envelope<Report>> {
    return success(await this.runOne('discard', id, actor), 'Discarded');
  }

  private async runMany(
    action: ActionOrder['action'],
    { filter = {}, limit, dry_run: dryRun }: Action,
    actor: string,
  ): Promise<Envelope<Report>> {
    const order = { action, matches: matcherOf(filter), actor, limit, dryRun };
    const report = await unlessBusy(this.actions.run(order));
    return success(report, messageOf(action, report));
  }

  private async runOne(action: ActionOrder['action'], id: string, actor: string): Promise<Report> {
    const matches: ActionOrder['matches'] = (_letter, message) => deadLetterId(message) === id;
    const report = await unlessBusy(this.actions.run({ action, matches, actor, limit: 1 }));
    if (report.matched === 0) throw notFound();
    return { ...report, complete: true };
  }
}

function messageOf(action: ActionOrder['action'], { dry_run, complete }: Report): string {
  if (dry_run) return 'Counted; nothing was changed';
  const done = action === 'replay' ? 'Replayed' : 'Discarded';
  return complete ? done : `${done} as many as there was time for; call again for the rest`;
}

/** @throws {ConflictException} while another request is browsing the queue */
async function unlessBusy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof QueueBrowseError) || error.code !== 'BUSY') throw error;
    const [code, message] = BUSY;
    throw new ConflictException({ error: code, message, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

function notFound(): NotFoundException {
  const [error, message] = NOT_FOUND;
  return new NotFoundException({ error, message });
}

function notReplayed(reason: string): ConflictException {
  const message =
    reason === 'in_progress'
      ? 'A worker is processing this request; check again when it is done'
      : `It could not be replayed (${reason}) and stays; discard it, or remove the cause`;
  return new ConflictException({ error: reason, message });
}
