import { LOG_LEVELS } from '@push/config';
import { z } from 'zod';
import { keptJson } from './kept-json';

/** Who wants it, and when they said so, in epoch milliseconds by the clock of the instance that was asked. */
const said = { by: z.string().min(1).max(64), at: z.number().int() };

/** Messages in hand of one instance that may be wished for. */
export const MAX_CONCURRENCY = 10_000;

/** The newest word on each thing that an operator steers. A word is replaced by the next one, and never taken away. */
const pauseWish = z.object({
  ...said,
  paused: z.boolean(),
  reason: z.string().max(200).optional(),
});
const concurrencyWish = z.object({
  ...said,
  /** Null: as configured. */
  value: z.number().int().min(1).max(MAX_CONCURRENCY).nullable(),
});
const logLevelWish = z.object({
  ...said,
  /** Null: as configured. */
  level: z.enum(LOG_LEVELS).nullable(),
  /** Epoch milliseconds at which it is over. */
  until: z.number().int().optional(),
});
const breakerWish = z.object({ ...said, wish: z.enum(['open', 'close', 'reset']) });

export type PauseWish = z.output<typeof pauseWish>;
export type ConcurrencyWish = z.output<typeof concurrencyWish>;
export type LogLevelWish = z.output<typeof logLevelWish>;
export type BreakerWish = z.output<typeof breakerWish>;

/** A word on one thing. */
export type Wish =
  | { about: 'pause'; word: PauseWish }
  | { about: 'concurrency'; word: ConcurrencyWish }
  | { about: 'log_level'; word: LogLevelWish }
  | { about: 'breaker'; dependency: string; word: BreakerWish };

const BREAKER = 'breaker:';

/** Under which name a wish is kept. */
export function fieldOf(wish: Wish): string {
  return wish.about === 'breaker' ? BREAKER + wish.dependency : wish.about;
}

/** Undefined for what is no wish that this version knows. */
export function readWish(field: string, text: string): Wish | undefined {
  const json = keptJson(text);
  if (field.startsWith(BREAKER)) {
    const { data } = breakerWish.safeParse(json);
    return data && { about: 'breaker', dependency: field.slice(BREAKER.length), word: data };
  }
  switch (field) {
    case 'pause': {
      const { data } = pauseWish.safeParse(json);
      return data && { about: field, word: data };
    }
    case 'concurrency': {
      const { data } = concurrencyWish.safeParse(json);
      return data && { about: field, word: data };
    }
    case 'log_level': {
      const { data } = logLevelWish.safeParse(json);
      return data && { about: field, word: data };
    }
    default:
      return undefined;
  }
}
