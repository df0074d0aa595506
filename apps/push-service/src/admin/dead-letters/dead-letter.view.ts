import { createHash } from 'node:crypto';
import {
  decodeDeadLetter,
  maskToken,
  replaysSchema,
  type DeadLetterMessage,
  type DecodedDeadLetter,
} from '@push/contracts';
import { ownHeaders } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { z } from 'zod';

export const deadLetterSchema = z.object({
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

export const fullDeadLetterSchema = deadLetterSchema.extend({
  replay_history: replaysSchema.shape.latest.min(0),
  original: z.object({
    exchange: z.string().nullable(),
    routing_key: z.string().nullable(),
    headers: z.record(z.string(), z.unknown()),
    message: z.unknown().describe('Where it was JSON'),
    text: z.string().nullable().describe('The beginning, where it was no JSON'),
  }),
});

export type DeadLetterView = z.output<typeof deadLetterSchema>;
export type FullDeadLetterView = z.output<typeof fullDeadLetterSchema>;

const MAX_ERROR_LENGTH = 500;
const MAX_TEXT_BYTES = 2000;

/** 32 hex digits of a hash of the message: the same in every listing, in every copy, and after a restart. */
export function deadLetterId({ content, properties }: DeadLetterMessage): string {
  const messageId = typeof properties.messageId === 'string' ? properties.messageId : '';
  return createHash('sha256').update(`${messageId}\n`).update(content).digest('hex').slice(0, 32);
}

/** An entry of the listing. */
export function viewOf(message: ConsumeMessage): DeadLetterView {
  const decoded = decodeDeadLetter(message);
  const { requestId, userId, errorCode, failedAt, attempts, replays } = decoded;
  const last = replays?.latest.at(-1);
  return {
    id: deadLetterId(message),
    request_id: requestId,
    user_id: userId,
    error_code: errorCode,
    error: maskedError(decoded).slice(0, MAX_ERROR_LENGTH),
    failed_at: failedAt === null ? null : new Date(failedAt).toISOString(),
    attempts,
    size: message.content.length,
    replays: {
      count: replays?.count ?? 0,
      last_by: last?.by ?? null,
      last_at: last?.at ?? null,
    },
  };
}

/** With the original message; device tokens are masked. */
export function fullViewOf(message: ConsumeMessage): FullDeadLetterView {
  const { original, replays } = decodeDeadLetter(message);
  return {
    ...viewOf(message),
    replay_history: replays?.latest ?? [],
    original: {
      exchange: original.exchange ?? null,
      routing_key: original.routingKey ?? null,
      headers: maskTokens(ownHeaders(message.properties.headers)) as Record<string, unknown>,
      message: original.ok ? maskTokens(original.value) : null,
      text: original.ok ? null : maskLongWords(original.raw.subarray(0, MAX_TEXT_BYTES).toString()),
    },
  };
}

/** Names of fields that hold device tokens, in our contract and in those of others, or other secrets. */
const SECRET = /token|recipient|^to$|registration_?ids?|authorization|api[-_]?key|password|secret/i;
const MAX_DEPTH = 100;
/** May be a token in text that has no fields. */
const LONG_WORD = /[\w:.\-+/=%~]{16,}/g;
/** Longer than any id that an error has a reason to name. */
const VERY_LONG_WORD = /[\w:.\-+/=%~]{41,}/g;

/** Copies a JSON value with the device tokens masked, at any depth. */
export function maskTokens(value: unknown, secret = false, depth = 0): unknown {
  if (typeof value === 'string') return secret ? maskToken(value) : maskVeryLongWords(value);
  if (typeof value === 'number') return secret ? '...' : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '...';
  if (Array.isArray(value)) return value.map((item) => maskTokens(item, secret, depth + 1));
  const masked = Object.entries(value).map(([name, field]) => [
    maskVeryLongWords(name),
    maskTokens(field, secret || SECRET.test(name), depth + 1),
  ]);
  return Object.fromEntries(masked);
}

/** For text that has no fields: masks every word that is as long as a token. */
export function maskLongWords(text: string): string {
  return text.replace(LONG_WORD, maskToken);
}

/** The error message of a dead letter. Ours contain no token, those of others may. */
export function maskedError({ error }: DecodedDeadLetter): string {
  return maskVeryLongWords(error);
}

function maskVeryLongWords(text: string): string {
  const isLink = (word: string): boolean => /^https?:\/\//.test(word);
  return text.replace(VERY_LONG_WORD, (word) => (isLink(word) ? word : maskToken(word)));
}
