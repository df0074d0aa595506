import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { instanceReportSchema } from '../../control/instances';
import { MAX_CONCURRENCY } from '../../control/override-store';
import { lineOfText, wholeNumber } from '../fields';

const queue = z.object({ messages: z.number(), consumers: z.number() }).nullable();

/** Intake as the admin API shows it. Figures are of the instance that answers, unless they say otherwise. */
export const intakeSchema = z.object({
  paused: z.boolean(),
  closed_by: z.array(z.string()).describe('Dependencies that are down'),
  operator_pause: z
    .object({ by: z.string(), since: z.string(), reason: z.string().nullable() })
    .nullable(),
  in_flight: z.number(),
  waiting: z.number().describe('Messages that were delivered to this instance and wait for a slot'),
  window: z
    .number()
    .describe('Messages that may be in flight at present: slow start raises it to the concurrency'),
  prefetch: z.number(),
  consumers: z.number(),
  concurrency: z.object({
    current: z.number(),
    configured: z.number(),
    wished: z
      .object({ value: z.number().nullable(), by: z.string(), since: z.string() })
      .nullable()
      .describe('The override of an operator; a value of null means as configured'),
  }),
  queues: z
    .object({
      push: queue,
      failed: queue,
      status: queue,
      delays: z.record(z.string(), queue).describe('By waiting time'),
    })
    .nullable()
    .describe('Of the whole deployment; null while the broker does not answer'),
  instances: z
    .array(
      instanceReportSchema.omit({ revision: true }).extend({
        in_step: z.boolean().describe('Knows the same overrides as the instance that answers'),
      }),
    )
    .nullable()
    .describe('At most 10 seconds old; null while Redis does not answer'),
});

export type IntakeView = z.output<typeof intakeSchema>;

/** Why intake is paused; the body may be left out. */
export const pauseSchema = z.preprocess(
  (body) => body ?? {},
  z.strictObject({ reason: lineOfText('reason', 200, { trim: true }).optional() }),
);

export const concurrencySchema = z.strictObject({
  concurrency: wholeNumber('concurrency', MAX_CONCURRENCY),
});

export class PauseDto extends createZodDto(pauseSchema) {}
export class ConcurrencyDto extends createZodDto(concurrencySchema) {}

const INSTANCE = {
  id: 'push-1-9f2c1a77',
  started_at: '2026-11-24T08:00:00.000Z',
  version: '1.0.0',
  paused: true,
  waiting_for: ['operator'],
  in_flight: 0,
  concurrency: 100,
  breakers_open: [],
  log_level: 'info',
  in_step: true,
};

/** Two instances, paused by an operator; the second one has not applied the override yet. */
export const PAUSED_EXAMPLE: IntakeView = {
  paused: true,
  closed_by: [],
  operator_pause: { by: 'alice', since: '2026-11-24T12:00:00.000Z', reason: 'campaign stopped' },
  in_flight: 0,
  waiting: 0,
  window: 5,
  prefetch: 10,
  consumers: 0,
  concurrency: { current: 100, configured: 100, wished: null },
  queues: {
    push: { messages: 1200, consumers: 10 },
    failed: { messages: 3, consumers: 0 },
    status: { messages: 0, consumers: 2 },
    delays: { '1s': { messages: 0, consumers: 0 } },
  },
  instances: [
    INSTANCE,
    {
      ...INSTANCE,
      id: 'push-2-03be55d0',
      paused: false,
      waiting_for: [],
      in_flight: 37,
      in_step: false,
    },
  ],
};

export const RUNNING_EXAMPLE: IntakeView = {
  ...PAUSED_EXAMPLE,
  paused: false,
  operator_pause: null,
};
