import { Injectable } from '@nestjs/common';
import { LOG_LEVELS } from '@push/config';
import { RedisConnection } from '@push/redis';
import { z } from 'zod';

/** The highest concurrency that can be set for one instance. */
export const MAX_CONCURRENCY = 10_000;

/** Who set it and when, in epoch milliseconds by the clock of the instance that was asked. */
const origin = { by: z.string().min(1).max(64), at: z.number().int() };

const pauseSchema = z.object({
  ...origin,
  paused: z.boolean(),
  reason: z.string().max(200).optional(),
});
const concurrencySchema = z.object({
  ...origin,
  /** Null: as configured. */
  value: z.number().int().min(1).max(MAX_CONCURRENCY).nullable(),
});
const logLevelSchema = z.object({
  ...origin,
  /** Null: as configured. */
  level: z.enum(LOG_LEVELS).nullable(),
  /** Epoch milliseconds at which it expires. */
  until: z.number().int().optional(),
});
const breakerSchema = z.object({
  ...origin,
  /** The name of this field stays, as earlier versions read it. */
  wish: z.enum(['open', 'close', 'reset']),
});

const overrideSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pause'), value: pauseSchema }),
  z.object({ kind: z.literal('concurrency'), value: concurrencySchema }),
  z.object({ kind: z.literal('log_level'), value: logLevelSchema }),
  z.object({ kind: z.literal('breaker'), dependency: z.string(), value: breakerSchema }),
]);

export type PauseOverride = z.output<typeof pauseSchema>;
export type LogLevelOverride = z.output<typeof logLevelSchema>;
export type BreakerOverride = z.output<typeof breakerSchema>;

/** The desired state of one thing, set by an operator. It is replaced by the next one, and never deleted. */
export type Override = z.output<typeof overrideSchema>;

/** JSON texts by the names of their fields. */
export type StoredOverrides = Readonly<Record<string, string>>;

/** The field under which an override is stored. */
export function fieldOf(override: Override): string {
  return override.kind === 'breaker' ? `breaker:${override.dependency}` : override.kind;
}

/** Reads a stored override; undefined where this version does not understand it. */
export function readOverride(field: string, text: string): Override | undefined {
  const [, kind, dependency] = /^(breaker):(.*)$/s.exec(field) ?? [undefined, field];
  return overrideSchema.safeParse({ kind, dependency, value: parseJson(text) }).data;
}

/** Undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The operators' overrides in Redis: one small hash for all instances. Bypasses the circuit breaker of Redis, which an
 * operator may hold open. Each method throws as {@link RedisConnection.runUnguarded}.
 */
@Injectable()
export class OverrideStore {
  private readonly key: string;

  constructor(private readonly redis: RedisConnection) {
    // The key keeps its earlier name, so that an upgrade keeps the overrides.
    this.key = redis.key('control:wishes');
  }

  read(): Promise<StoredOverrides> {
    return this.redis.runUnguarded((client) => client.hgetall(this.key));
  }

  async write(field: string, text: string): Promise<void> {
    await this.redis.runUnguarded((client) => client.hset(this.key, field, text));
  }

  /** Writes an override that Redis has lost, unless another instance has written one meanwhile. */
  async restore(field: string, text: string): Promise<void> {
    await this.redis.runUnguarded((client) => client.hsetnx(this.key, field, text));
  }
}
