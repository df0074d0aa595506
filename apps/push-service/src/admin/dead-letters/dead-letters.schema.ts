import type { DecodedDeadLetter } from '@push/contracts';
import { pageQuery } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { flag, text, wholeNumber } from '../fields';
import {
  deadLetterSchema,
  maskedError,
  type DeadLetterView,
  type FullDeadLetterView,
} from './dead-letter.view';

/** With 100 dead letters a page this ends at the hundred thousandth; a filter finds later ones. */
const MAX_PAGE = 1000;

const time = (name: string) =>
  z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: `${name} should be an ISO 8601 date, such as 2026-11-24 or 2026-11-24T12:00:00Z`,
  });

const filterFields = {
  error_code: text('error_code', 64)
    .optional()
    .meta({ example: 'user_not_found', description: 'Exactly this code' }),
  user_id: text('user_id', 256).optional().meta({ example: 'test-user-123' }),
  request_id: text('request_id', 256).optional().meta({ example: 'demo-req-123' }),
  from: time('from')
    .optional()
    .meta({ example: '2026-11-24T00:00:00Z', description: 'Failed at this time or later' }),
  to: time('to')
    .optional()
    .meta({ example: '2026-11-25T00:00:00Z', description: 'Failed before this time' }),
  text: text('text', 200)
    .optional()
    .meta({ example: 'no user', description: 'Part of the error message, in any case' }),
};

/** Selects dead letters; all fields that are given have to match. */
export const filterSchema = z.strictObject(filterFields);

export type DeadLetterFilter = z.output<typeof filterSchema>;

export function isEmpty(filter: DeadLetterFilter): boolean {
  return Object.values(filter).filter(Boolean).length === 0; // no field may be empty text
}

/** A dead letter whose time of failure is unknown matches no range of time. */
export function matcherOf(filter: DeadLetterFilter): (letter: DecodedDeadLetter) => boolean {
  const from = filter.from === undefined ? undefined : Date.parse(filter.from);
  const to = filter.to === undefined ? undefined : Date.parse(filter.to);
  const words = filter.text?.toLowerCase();
  return (letter) =>
    (filter.error_code === undefined || letter.errorCode === filter.error_code) &&
    (filter.user_id === undefined || letter.userId === filter.user_id) &&
    (filter.request_id === undefined || letter.requestId === filter.request_id) &&
    (from === undefined || (letter.failedAt !== null && letter.failedAt >= from)) &&
    (to === undefined || (letter.failedAt !== null && letter.failedAt < to)) &&
    (words === undefined || maskedError(letter).toLowerCase().includes(words));
}

export class DeadLetterPath extends createZodDto(
  z.object({
    id: z
      .string()
      .regex(/^[0-9a-f]{32}$/, { error: 'id should be 32 hex digits, as in the listing' })
      .meta({ example: '0123456789abcdef0123456789abcdef' }),
  }),
) {}

export class ListQuery extends createZodDto(
  z.strictObject({ ...pageQuery(MAX_PAGE), ...filterFields }),
) {}

export const actionSchema = z
  .strictObject({
    filter: filterSchema.optional(),
    all: flag('all').optional(),
    dry_run: flag('dry_run').optional().describe('Counts, and changes nothing'),
    limit: wholeNumber('limit')
      .optional()
      .describe('At most this number of dead letters, oldest first'),
  })
  .refine(({ filter = {}, all }) => !isEmpty(filter) || all === true, {
    error: 'The filter is empty: set at least one of its fields, or "all": true',
  })
  .refine(({ filter = {}, all }) => isEmpty(filter) || all !== true, {
    error: 'Set a filter or "all": true, not both',
  });

export class ActionBody extends createZodDto(actionSchema) {}

export type Action = z.output<typeof actionSchema>;

const counts = z.record(z.string(), z.number().int());

export const pageSchema = z.object({
  letters: z.array(deadLetterSchema),
  visited: z.number().int().describe('Dead letters read for this page'),
  complete: z.boolean().describe('False: there was no time to read all that were needed'),
});

export const summarySchema = z.object({
  total: z.number().int(),
  by_error_code: counts,
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
  replayed_before: z.number().int(),
  complete: z.boolean(),
});

export const reportSchema = z.object({
  dry_run: z.boolean(),
  matched: z.number().int(),
  by_error_code: counts.describe('Of those that matched'),
  done: z.number().int().describe('Replayed or discarded'),
  in_progress: z.number().int().describe('Kept, as a worker is processing the request'),
  refused: z.number().int().describe('Kept, as they could not be replayed'),
  reasons: counts.describe('Why they could not be replayed'),
  complete: z.boolean().describe('False: call again for the rest'),
});

export type Page = z.output<typeof pageSchema>;
export type Summary = z.output<typeof summarySchema>;
export type Report = z.output<typeof reportSchema>;

export const EXAMPLE: DeadLetterView = {
  id: '0123456789abcdef0123456789abcdef',
  request_id: 'demo-req-123',
  user_id: 'test-user-123',
  error_code: 'user_not_found',
  error: 'There is no user test-user-123; create it, and replay this dead letter',
  failed_at: '2026-11-24T12:00:00.000Z',
  attempts: 0,
  size: 612,
  replays: { count: 1, last_by: 'alice', last_at: '2026-11-24T11:00:00.000Z' },
};

export const FULL_EXAMPLE: FullDeadLetterView = {
  ...EXAMPLE,
  replay_history: [{ at: '2026-11-24T11:00:00.000Z', by: 'alice', error_code: 'user_not_found' }],
  original: {
    exchange: 'notifications.direct',
    routing_key: 'push',
    headers: { 'x-correlation-id': 'demo-req-123' },
    message: { user_id: 'test-user-123', template_code: 'welcome', push_token: 'dGVz...h8Qx' },
    text: null,
  },
};

export const SUMMARY_EXAMPLE: Summary = {
  total: 42,
  by_error_code: { user_not_found: 40, UNAVAILABLE: 2 },
  oldest: '2026-11-23T08:00:00.000Z',
  newest: '2026-11-24T12:00:00.000Z',
  replayed_before: 1,
  complete: true,
};

export const ACTION_EXAMPLE: z.input<typeof actionSchema> = {
  filter: { error_code: 'user_not_found' },
  dry_run: true,
  limit: 1000,
};

export const REPORT_EXAMPLE: Report = {
  dry_run: false,
  matched: 40,
  by_error_code: { user_not_found: 40 },
  done: 39,
  in_progress: 1,
  refused: 0,
  reasons: {},
  complete: true,
};
