import { deviceResultSchema } from '@push/contracts';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { timelineEventDetailsSchema } from '../../timeline/timeline-event.schema';

const id = (name: string) =>
  z
    .string({ error: `${name} should be text` })
    .min(1, { error: `${name} should not be empty` })
    .max(256, { error: `${name} should be at most 256 characters` })
    .regex(/^[^\p{Cc}]*$/u, { error: `${name} should have no control characters` });

export class NotificationPath extends createZodDto(
  z.object({
    id: id('id').meta({ example: 'order-4711', description: 'request_id or notification_id' }),
  }),
) {}

export class RequestPath extends createZodDto(
  z.object({ request_id: id('request_id').meta({ example: 'order-4711' }) }),
) {}

export const releaseSchema = z.strictObject(
  {
    confirm_delivered: z
      .boolean({ error: 'confirm_delivered should be true or false' })
      .default(false)
      .describe('Needed where a device may have shown it: it could be shown again'),
  },
  { error: 'send a JSON object with confirm_delivered, or no body' },
);

/** The body may be left out. */
export class ReleaseDto extends createZodDto(z.preprocess((body) => body ?? {}, releaseSchema)) {}

/** What a claim says now. */
export const claimSchema = z.object({
  state: z
    .enum(['unknown', 'held', 'open', 'done', 'unusable'])
    .describe(
      'held: a worker is on it; open: nobody is just now; done: it has ended; unusable: what Redis holds is no claim',
    ),
  lease_left_ms: z.number().nullable(),
  take_overs: z.number().nullable(),
  outcome: z.string().nullable().describe('How it has ended, or is decided to end'),
  code: z.string().nullable(),
  error: z.string().nullable(),
  ended_at: z.string().nullable().describe('ISO 8601'),
  devices: z.array(deviceResultSchema).describe('Those that are done with'),
});

export const timelineSchema = z.object({
  request_id: z.string(),
  claim: claimSchema,
  events: z.array(
    z.object({ at: z.string().describe('ISO 8601') }).and(timelineEventDetailsSchema),
  ),
  full: z.boolean().describe('Events may have been left out in the middle'),
});

export const releasedSchema = z.object({
  request_id: z.string(),
  recorded: claimSchema.describe('What was known until now'),
});

export type ClaimState = z.output<typeof claimSchema>;
export type TimelineAnswer = z.output<typeof timelineSchema>;
export type Released = z.output<typeof releasedSchema>;
