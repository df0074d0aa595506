import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { instanceReport } from '../../control/instance';
import { MAX_CONCURRENCY } from '../../control/wish';

const queue = z.object({ messages: z.number(), consumers: z.number() }).nullable();

/** Intake as the admin API shows it. Figures are those of the instance that answers, unless they say otherwise. */
export const intakeSchema = z.object({
  paused: z.boolean(),
  closed_by: z.array(z.string()).describe('Dependencies that are down'),
  operator_pause: z
    .object({ by: z.string(), since: z.string(), reason: z.string().nullable() })
    .nullable(),
  in_flight: z.number(),
  waiting: z.number(),
  window: z
    .number()
    .describe('Messages that may be in flight at present; grows to the concurrency'),
  prefetch: z.number(),
  consumers: z.number(),
  concurrency: z.object({
    current: z.number(),
    configured: z.number(),
    wished: z
      .object({ value: z.number().nullable(), by: z.string(), since: z.string() })
      .nullable()
      .describe('The last word of an operator; a value of null is configuration'),
  }),
  queues: z
    .object({
      push: queue,
      failed: queue,
      status: queue,
      delays: z.record(z.string(), queue).describe('By waiting time'),
    })
    .nullable()
    .describe('Of the whole deployment; null while the broker cannot be asked'),
  instances: z
    .array(
      instanceReport
        .omit({ revision: true })
        .extend({ in_step: z.boolean().describe('Knows the same wishes as this instance') }),
    )
    .nullable()
    .describe('At most 10 seconds old; null while Redis cannot be asked'),
});

export type IntakeView = z.output<typeof intakeSchema>;

/** Why intake is paused; a body is not needed. */
export const pauseSchema = z.preprocess(
  (body) => body ?? {},
  z.strictObject({
    reason: z
      .string({ error: 'reason should be text' })
      .trim()
      .min(1, { error: 'reason should not be empty; leave it out' })
      .max(200, { error: 'reason should be at most 200 characters' })
      .regex(/^[^\p{Cc}]*$/u, { error: 'reason should have no control characters' })
      .optional(),
  }),
);

const RANGE = `concurrency should be a whole number from 1 to ${MAX_CONCURRENCY}`;

export const concurrencySchema = z.strictObject({
  concurrency: z
    .number({ error: RANGE })
    .int({ error: RANGE })
    .min(1, { error: RANGE })
    .max(MAX_CONCURRENCY, { error: RANGE }),
});

export class PauseDto extends createZodDto(pauseSchema) {}
export class ConcurrencyDto extends createZodDto(concurrencySchema) {}
