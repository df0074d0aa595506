import type { DecodedDeadLetter } from '@push/contracts';
import { z } from 'zod';
import { withoutTokens } from './token-mask';

const text = (name: string, max: number) =>
  z
    .string({ error: `${name} should be text` })
    .min(1, { error: `${name} should not be empty` })
    .max(max, { error: `${name} should be at most ${max} characters` });

const instant = (name: string) =>
  z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: `${name} should be an ISO 8601 date, such as 2026-11-24 or 2026-11-24T12:00:00Z`,
  });

/** What letters are chosen by; all of it has to be so. */
export const filterFields = {
  error_code: text('error_code', 64)
    .optional()
    .meta({ example: 'user_not_found', description: 'Exactly this code' }),
  user_id: text('user_id', 256).optional().meta({ example: 'test-user-123' }),
  request_id: text('request_id', 256).optional().meta({ example: 'demo-req-123' }),
  from: instant('from')
    .optional()
    .meta({ example: '2026-11-24T00:00:00Z', description: 'Failed at this instant or later' }),
  to: instant('to')
    .optional()
    .meta({ example: '2026-11-25T00:00:00Z', description: 'Failed before this instant' }),
  text: text('text', 200)
    .optional()
    .meta({ example: 'no user', description: 'Found in the sentence of the error, in any case' }),
};

export const letterFilterSchema = z.strictObject(filterFields);

export type LetterFilter = z.output<typeof letterFilterSchema>;

/** Whether it chooses at all. */
export function isEmpty(filter: LetterFilter): boolean {
  return Object.values(filter).filter(Boolean).length === 0; // no field may be empty text
}

/** A filter as a question to each letter. A letter of which nothing says when it failed is in no range of time. */
export function matcherOf(filter: LetterFilter): (letter: DecodedDeadLetter) => boolean {
  const from = filter.from === undefined ? undefined : Date.parse(filter.from);
  const to = filter.to === undefined ? undefined : Date.parse(filter.to);
  const words = filter.text?.toLowerCase();
  return (letter) =>
    (filter.error_code === undefined || letter.errorCode === filter.error_code) &&
    (filter.user_id === undefined || letter.userId === filter.user_id) &&
    (filter.request_id === undefined || letter.requestId === filter.request_id) &&
    (from === undefined || (letter.failedAt !== null && letter.failedAt >= from)) &&
    (to === undefined || (letter.failedAt !== null && letter.failedAt < to)) &&
    (words === undefined || withoutTokens(letter).toLowerCase().includes(words));
}
