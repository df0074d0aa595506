import type { Dependency } from '@push/resilience';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** A breaker as the admin API shows it. Times are ISO 8601. */
export const breakerSchema = z.object({
  dependency: z.string(),
  state: z.enum(['closed', 'open', 'half_open']),
  since: z.string().describe('Of the opening or the closing; half open is a part of being open'),
  failures: z.number().describe('In a row'),
  openings: z.number().describe('Since the start of this instance'),
  last_reason: z.string().nullable(),
  next_probe_at: z.string().nullable(),
  held: z.object({ by: z.string(), since: z.string() }).nullable(),
});

export type BreakerView = z.output<typeof breakerSchema>;

/** Which breaker. */
export class BreakerPath extends createZodDto(
  z.object({
    dependency: z
      .string()
      .max(64, { error: 'dependency should be at most 64 characters' })
      .meta({ example: 'fcm', description: 'Name of the dependency' }),
  }),
) {}

const iso = (at: number): string => new Date(at).toISOString();

/** Most characters of a reason that are shown. */
const MOST = 500;

export function viewBreaker(dependency: Dependency): BreakerView {
  const { name, state, since, failures, openings, lastReason, nextProbeAt, hold } = dependency;
  return {
    dependency: name,
    state,
    since: iso(since),
    failures,
    openings,
    last_reason: lastReason?.slice(0, MOST) ?? null,
    next_probe_at: nextProbeAt === undefined ? null : iso(nextProbeAt),
    held: hold ? { by: hold.by, since: iso(hold.since) } : null,
  };
}

export const OPEN_EXAMPLE: BreakerView = {
  dependency: 'fcm',
  state: 'open',
  since: '2026-11-24T12:00:00.000Z',
  failures: 0,
  openings: 1,
  last_reason: null,
  next_probe_at: null,
  held: { by: 'alice', since: '2026-11-24T12:00:00.000Z' },
};

export const CLOSED_EXAMPLE: BreakerView = { ...OPEN_EXAMPLE, state: 'closed', held: null };
