import { Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { pageMeta, success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiRefusals } from '@push/http';
import type { z } from 'zod';
import { AdminApi } from '../admin-api.decorator';
import { BUSY, letterNotFound, NOT_FOUND, unlessBusy } from './dead-letters.errors';
import { LetterPath, ListQuery, pageSchema, summarySchema, type Summary } from './dead-letters.dto';
import { LETTER, SUMMARY, WHOLE } from './examples';
import { LetterBrowser } from './letter-browser';
import { wholeLetterSchema, type WholeLetter } from './letter-view';

/** Looks at dead letters; nothing is changed by it. */
@AdminApi('dead-letters', 'Dead letters')
@ApiRefusals({ 409: BUSY })
export class LetterLookupController {
  constructor(private readonly browser: LetterBrowser) {}

  @Get()
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'Dead letters, oldest first' })
  @ApiAnswer(pageSchema, {
    description: 'Dead letters, oldest first',
    example: { letters: [LETTER], visited: 42, complete: true },
    meta: pageMeta(42, 1, 20),
  })
  async list(
    @Query() { page, limit, ...filter }: ListQuery,
  ): Promise<Envelope<z.output<typeof pageSchema>>> {
    const found = await unlessBusy(this.browser.list(filter, page, limit));
    const { total, ...data } = found;
    const message = data.complete
      ? 'Dead letters, oldest first'
      : 'Dead letters, oldest first; there was no time to look at all of them, so there may be more';
    return success(data, message, pageMeta(total, page, limit));
  }

  @Get('summary')
  @ApiOperation({ operationId: 'summariseDeadLetters', summary: 'What is dead, by error code' })
  @ApiAnswer(summarySchema, { description: 'What is in the dead-letter queue', example: SUMMARY })
  async summary(): Promise<Envelope<Summary>> {
    return success(await unlessBusy(this.browser.summary()), 'What is in the dead-letter queue');
  }

  @Get(':id')
  @ApiOperation({ operationId: 'showDeadLetter', summary: 'One letter whole, its tokens masked' })
  @ApiAnswer(wholeLetterSchema, { description: 'A dead letter', example: WHOLE })
  @ApiRefusals({ 404: NOT_FOUND })
  async show(@Param() { id }: LetterPath): Promise<Envelope<WholeLetter>> {
    const letter = await unlessBusy(this.browser.find(id));
    if (letter === undefined) throw letterNotFound();
    return success(letter, 'A dead letter');
  }
}
