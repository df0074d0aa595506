import { decodeDeadLetter, replaysSchema } from '@push/contracts';
import { ownHeaders } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { z } from 'zod';
import { letterIdOf } from './letter-id';
import { maskLongWords, maskTokens, withoutTokens } from './token-mask';

export const letterItemSchema = z.object({
  id: z.string(),
  request_id: z.string().nullable(),
  user_id: z.string().nullable(),
  error_code: z.string(),
  error: z.string(),
  failed_at: z.string().nullable(),
  attempts: z.number().int().nullable(),
  size: z.number().int().describe('Bytes'),
  replays: z.object({
    count: z.number().int(),
    last_by: z.string().nullable(),
    last_at: z.string().nullable(),
  }),
});

export const wholeLetterSchema = letterItemSchema.extend({
  replay_history: replaysSchema.shape.latest.min(0),
  original: z.object({
    exchange: z.string().nullable(),
    routing_key: z.string().nullable(),
    headers: z.record(z.string(), z.unknown()),
    message: z.unknown().describe('Where it was JSON'),
    text: z.string().nullable().describe('The beginning, where it was no JSON'),
  }),
});

export type LetterItem = z.output<typeof letterItemSchema>;
export type WholeLetter = z.output<typeof wholeLetterSchema>;

const MAX_ERROR = 500;
const MAX_TEXT = 2000;

/** A line of the listing. */
export function letterItem(message: ConsumeMessage): LetterItem {
  const letter = decodeDeadLetter(message);
  const last = letter.replays?.latest.at(-1);
  return {
    id: letterIdOf(message),
    request_id: letter.requestId,
    user_id: letter.userId,
    error_code: letter.errorCode,
    error: withoutTokens(letter).slice(0, MAX_ERROR),
    failed_at: letter.failedAt === null ? null : new Date(letter.failedAt).toISOString(),
    attempts: letter.attempts,
    size: message.content.length,
    replays: {
      count: letter.replays?.count ?? 0,
      last_by: last?.by ?? null,
      last_at: last?.at ?? null,
    },
  };
}

/** All of it, device tokens masked. */
export function wholeLetter(message: ConsumeMessage): WholeLetter {
  const { original, replays } = decodeDeadLetter(message);
  const beginning = original.ok ? null : original.raw.subarray(0, MAX_TEXT).toString();
  return {
    ...letterItem(message),
    replay_history: replays?.latest ?? [],
    original: {
      exchange: original.exchange ?? null,
      routing_key: original.routingKey ?? null,
      headers: maskTokens(ownHeaders(message.properties.headers)) as Record<string, unknown>,
      message: original.ok ? maskTokens(original.value) : null,
      text: beginning === null ? null : maskLongWords(beginning),
    },
  };
}
