import { Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiRefusals } from '@push/http';
import { Dependencies, type Dependency } from '@push/resilience';
import { z } from 'zod';
import type { BreakerWish } from '../../control/wish';
import { Wishes } from '../../control/wishes';
import { Actor } from '../access/actor.decorator';
import { AdminApi } from '../admin-api.decorator';
import {
  BreakerPath,
  breakerSchema,
  CLOSED_EXAMPLE,
  OPEN_EXAMPLE,
  viewBreaker,
  type BreakerView,
} from './breaker.schema';

const HELD = 'The breaker is held open in all instances, until it is closed or reset';
const CLOSED = 'The breaker is closed in all instances, and goes on by itself';
const RESET = 'The breaker counts from zero in all instances; where it was open, a probe looks now';
const Unknown = ApiRefusals({
  404: ['unknown_dependency', 'There is no such dependency; the dependencies are redis, fcm'],
});

/** The circuit breakers: what they know, and an operator's hand on them. What is asked of one instance holds for all. */
@AdminApi('breakers', 'Breakers')
export class BreakersController {
  constructor(
    private readonly dependencies: Dependencies,
    private readonly wishes: Wishes,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listBreakers', summary: 'Every dependency and its breaker' })
  @ApiAnswer(z.array(breakerSchema), {
    description: 'The breakers of this instance',
    example: [OPEN_EXAMPLE],
  })
  list(): Envelope<BreakerView[]> {
    return success(this.dependencies.all().map(viewBreaker), 'The breakers of this instance');
  }

  @Post(':dependency/open')
  @HttpCode(200)
  @ApiOperation({ operationId: 'holdBreakerOpen', summary: 'Hold it open: no call, no probe' })
  @ApiAnswer(breakerSchema, { description: HELD, example: OPEN_EXAMPLE })
  @Unknown
  open(@Param() path: BreakerPath, @Actor() by: string): Promise<Envelope<BreakerView>> {
    return this.tell(path, { wish: 'open', by, at: Date.now() }, HELD);
  }

  @Post(':dependency/close')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'closeBreaker',
    summary: 'Close it now, whatever a probe would say',
  })
  @ApiAnswer(breakerSchema, { description: CLOSED, example: CLOSED_EXAMPLE })
  @Unknown
  close(@Param() path: BreakerPath, @Actor() by: string): Promise<Envelope<BreakerView>> {
    return this.tell(path, { wish: 'close', by, at: Date.now() }, CLOSED);
  }

  @Post(':dependency/reset')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resetBreaker', summary: 'Let go of it, and probe at once' })
  @ApiAnswer(breakerSchema, { description: RESET, example: CLOSED_EXAMPLE })
  @Unknown
  reset(@Param() path: BreakerPath, @Actor() by: string): Promise<Envelope<BreakerView>> {
    return this.tell(path, { wish: 'reset', by, at: Date.now() }, RESET);
  }

  private async tell(
    { dependency: name }: BreakerPath,
    word: BreakerWish,
    message: string,
  ): Promise<Envelope<BreakerView>> {
    const dependency = this.find(name);
    await this.wishes.tell({ about: 'breaker', dependency: name, word });
    return success(viewBreaker(dependency), message);
  }

  private find(name: string): Dependency {
    const dependency = this.dependencies.get(name);
    if (dependency !== undefined) return dependency;
    const names = this.dependencies.all().map((one) => one.name);
    throw new NotFoundException({
      error: 'unknown_dependency',
      message: `There is no such dependency; the dependencies are ${names.join(', ')}`,
    });
  }
}
