import { Body, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { AdminApi } from '../admin-api.decorator';
import { Actor } from '../access/actor.decorator';
import {
  ActionBody,
  actionSchema,
  LetterPath,
  reportSchema,
  type Action,
  type Report,
} from './dead-letters.dto';
import { BUSY, cannotReplay, letterNotFound, NOT_FOUND, unlessBusy } from './dead-letters.errors';
import { ACTION, REPORT } from './examples';
import { LetterActions, type Order } from './letter-actions';
import { matcherOf } from './letter-filter';
import { letterIdOf } from './letter-id';

/** Replays and discards dead letters: one, those that a filter chooses, or all. */
@AdminApi('dead-letters', 'Dead letters')
@ApiRefusals({ 409: BUSY })
export class LetterActionsController {
  constructor(private readonly actions: LetterActions) {}

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({ operationId: 'replayDeadLetters', summary: 'Sends many again, or counts them' })
  @ApiJsonBody(actionSchema, ACTION)
  @ApiAnswer(reportSchema, { description: 'Replayed', example: REPORT })
  async replay(@Body() body: ActionBody, @Actor() actor: string): Promise<Envelope<Report>> {
    return this.many('replay', body, actor);
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({ operationId: 'discardDeadLetters', summary: 'Removes many, or counts them' })
  @ApiJsonBody(actionSchema, ACTION)
  @ApiAnswer(reportSchema, { description: 'Discarded', example: REPORT })
  async discard(@Body() body: ActionBody, @Actor() actor: string): Promise<Envelope<Report>> {
    return this.many('discard', body, actor);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({ operationId: 'replayDeadLetter', summary: 'Sends one again' })
  @ApiAnswer(reportSchema, { description: 'Replayed', example: { ...REPORT, matched: 1, done: 1 } })
  @ApiRefusals({ 404: NOT_FOUND })
  async replayOne(@Param() { id }: LetterPath, @Actor() actor: string): Promise<Envelope<Report>> {
    const report = await this.one('replay', id, actor);
    if (report.in_progress > 0) throw cannotReplay('in_progress');
    const [reason] = Object.keys(report.reasons);
    if (reason !== undefined) throw cannotReplay(reason);
    return success(report, 'Replayed');
  }

  @Delete(':id')
  @ApiOperation({ operationId: 'discardDeadLetter', summary: 'Removes one' })
  @ApiAnswer(reportSchema, {
    description: 'Discarded',
    example: { ...REPORT, matched: 1, done: 1, in_progress: 0 },
  })
  @ApiRefusals({ 404: NOT_FOUND })
  async discardOne(@Param() { id }: LetterPath, @Actor() actor: string): Promise<Envelope<Report>> {
    return success(await this.one('discard', id, actor), 'Discarded');
  }

  private async many(
    what: Order['what'],
    { filter = {}, limit, dry_run: dryRun }: Action,
    actor: string,
  ): Promise<Envelope<Report>> {
    const chooses = matcherOf(filter);
    const order = { what, chooses, actor, limit, dryRun };
    const report = await unlessBusy(this.actions.carryOut(order));
    return success(report, messageOf(what, report));
  }

  private async one(what: Order['what'], id: string, actor: string): Promise<Report> {
    const chooses: Order['chooses'] = (_letter, message) => letterIdOf(message) === id;
    const report = await unlessBusy(this.actions.carryOut({ what, chooses, actor, limit: 1 }));
    if (report.matched === 0) throw letterNotFound();
    return { ...report, complete: true };
  }
}

function messageOf(what: Order['what'], { dry_run, complete }: Report): string {
  if (dry_run) return 'Counted; nothing was changed';
  const done = what === 'replay' ? 'Replayed' : 'Discarded';
  return complete ? done : `${done} as many as there was time for; call again for the rest`;
}
