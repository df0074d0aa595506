import { Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiRefusals } from '@push/http';
import { Dependencies, type Dependency } from '@push/resilience';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { BreakerOverride } from '../../control/override-store';
import { Overrides } from '../../control/overrides';
import { Actor, AdminApi } from '../access/admin-api.decorator';

const MAX_REASON_LENGTH = 500;

/** A circuit breaker. Times are ISO 8601. */
const breakerSchema = z.object({
  dependency: z.string(),
  state: z.enum(['closed', 'open', 'half_open']),
  since: z.string().describe('Time of the last opening or closing; half open is part of open'),
  failures: z.number().describe('Consecutive failures'),
  openings: z.number().describe('Since the start of this instance'),
  last_reason: z.string().nullable(),
  next_probe_at: z.string().nullable(),
  held: z.object({ by: z.string(), since: z.string() }).nullable(),
});

type BreakerView = z.output<typeof breakerSchema>;

class BreakerPath extends createZodDto(
  z.object({
    dependency: z
      .string()
      .max(64, { error: 'dependency should be at most 64 characters' })
      .meta({ example: 'fcm', description: 'Name of the dependency' }),
  }),
) {}

const HELD_OPEN: BreakerView = {
  dependency: 'fcm',
  state: 'open',
  since: '2026-11-24T12:00:00.000Z',
  failures: 0,
  openings: 1,
  last_reason: null,
  next_probe_at: null,
  held: { by: 'alice', since: '2026-11-24T12:00:00.000Z' },
};
const CLOSED: BreakerView = { ...HELD_OPEN, state: 'closed', held: null };

const OPENED_MESSAGE = 'The breaker is held open in all instances until it is closed or reset';
const CLOSED_MESSAGE = 'The breaker is closed in all instances and works automatically again';
const RESET_MESSAGE = 'The breaker is reset in all instances; where it was open, it is probed now';

const UnknownDependency = ApiRefusals({
  404: ['unknown_dependency', 'There is no such dependency; the dependencies are redis, fcm'],
});

/** Shows and controls the circuit breakers. A change requested from one instance applies to all. */
@AdminApi('breakers', 'Breakers')
export class BreakersController {
  constructor(
    private readonly dependencies: Dependencies,
    private readonly overrides: Overrides,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listBreakers', summary: 'Every dependency and its breaker' })
  @ApiAnswer(z.array(breakerSchema), {
    description: 'The breakers of this instance',
    example: [HELD_OPEN],
  })
  list(): Envelope<BreakerView[]> {
    return success(this.dependencies.all().map(viewOf), 'The breakers of this instance');
  }

  @Post(':dependency/open')
  @HttpCode(200)
  @ApiOperation({ operationId: 'holdBreakerOpen', summary: 'Hold it open: no calls, no probes' })
  @ApiAnswer(breakerSchema, { description: OPENED_MESSAGE, example: HELD_OPEN })
  @UnknownDependency
  open(@Param() path: BreakerPath, @Actor() by: string): Promise<Envelope<BreakerView>> {
    return this.set(path, { wish: 'open', by, at: Date.now() }, OPENED_MESSAGE);
  }

  @Post(':dependency/close')
  @HttpCode(200)
  @ApiOperation({ operationId: 'closeBreaker', summary: 'Close it now, without a probe' })
  @ApiAnswer(breakerSchema, { description: CLOSED_MESSAGE, example: CLOSED })
  @UnknownDependency
  close(@Param() path: BreakerPath, @Actor() by: string): Promise<Envelope<BreakerView>> {
    return this.set(path, { wish: 'close', by, at: Date.now() }, CLOSED_MESSAGE);
  }

  @Post(':dependency/reset')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'resetBreaker',
    summary: 'Release it, count failures from zero, and probe at once',
  })
  @ApiAnswer(breakerSchema, { description: RESET_MESSAGE, example: CLOSED })
  @UnknownDependency
  reset(@Param() path: BreakerPath, @Actor() by: string): Promise<Envelope<BreakerView>> {
    return this.set(path, { wish: 'reset', by, at: Date.now() }, RESET_MESSAGE);
  }

  private async set(
    { dependency: name }: BreakerPath,
    value: BreakerOverride,
    message: string,
  ): Promise<Envelope<BreakerView>> {
    const dependency = this.find(name);
    await this.overrides.set({ kind: 'breaker', dependency: name, value });
    return success(viewOf(dependency), message);
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

function viewOf(dependency: Dependency): BreakerView {
  const { name, state, since, failures, openings, lastReason, nextProbeAt, hold } = dependency;
  return {
    dependency: name,
    state,
    since: new Date(since).toISOString(),
    failures,
    openings,
    last_reason: lastReason?.slice(0, MAX_REASON_LENGTH) ?? null,
    next_probe_at: nextProbeAt === undefined ? null : new Date(nextProbeAt).toISOString(),
    held: hold ? { by: hold.by, since: new Date(hold.since).toISOString() } : null,
  };
}
