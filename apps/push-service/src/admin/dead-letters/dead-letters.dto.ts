import { pageQuery } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { filterFields, isEmpty, letterFilterSchema } from './letter-filter';
import { letterItemSchema } from './letter-view';

/** Its last letters, by the hundred, are the hundred thousandth; a filter finds what lies further back. */
const MAX_PAGE = 1000;

export class LetterPath extends createZodDto(
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
    filter: letterFilterSchema.optional(),
    all: z.boolean({ error: 'all should be true or false' }).optional(),
    dry_run: z
      .boolean({ error: 'dry_run should be true or false' })
      .optional()
      .describe('Counts, and changes nothing'),
    limit: z
      .number({ error: 'limit should be a whole number' })
      .int({ error: 'limit should be a whole number' })
      .min(1, { error: 'limit should be 1 or more' })
      .optional()
      .describe('At most so many letters; the oldest first'),
  })
  .refine(({ filter = {}, all }) => !isEmpty(filter) || all === true, {
    error: 'The filter is empty: give at least one field of it, or "all": true',
  })
  .refine(({ filter = {}, all }) => isEmpty(filter) || all !== true, {
    error: 'Give a filter or "all": true, not both',
  });

export class ActionBody extends createZodDto(actionSchema) {}

/** Which letters, and how many of them. */
export type Action = z.output<typeof actionSchema>;

const counts = z.record(z.string(), z.number().int());

export const pageSchema = z.object({
  letters: z.array(letterItemSchema),
  visited: z.number().int().describe('Letters looked at for it'),
  complete: z.boolean().describe('Whether all were looked at that had to be'),
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
  done: z.number().int().describe('Replayed, or discarded'),
  in_progress: z.number().int().describe('Left, as a worker is on the request just now'),
  refused: z.number().int().describe('Left, as they could not be replayed'),
  reasons: counts.describe('Why'),
  complete: z.boolean().describe('False: call again for the rest'),
});

export type Summary = z.output<typeof summarySchema>;
export type Report = z.output<typeof reportSchema>;
