import { deviceResultSchema } from '@push/contracts';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { timelineEventDetailsSchema } from '../../timeline/timeline-event.schema';
import { flag, lineOfText } from '../fields';

const id = (name: string) => lineOfText(name, 256);

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
    confirm_delivered: flag('confirm_delivered')
      .default(false)
      .describe('Required where a device may have shown it, as it could be shown again'),
  },
  { error: 'send a JSON object with confirm_delivered, or no body' },
);

/** The body may be left out. */
export class ReleaseDto extends createZodDto(z.preprocess((body) => body ?? {}, releaseSchema)) {}

const claimSchema = z.object({
  state: z
    .enum(['unknown', 'held', 'open', 'done', 'unusable'])
    .describe(
      'held: a worker is processing it; open: started, but no worker is processing it now; ' +
        'done: it is final; unusable: what Redis holds is not a claim',
    ),
  lease_left_ms: z.number().nullable(),
  take_overs: z.number().nullable(),
  outcome: z.string().nullable().describe('The final outcome, or the one that is decided'),
  code: z.string().nullable(),
  error: z.string().nullable(),
  ended_at: z.string().nullable().describe('ISO 8601'),
  devices: z.array(deviceResultSchema).describe('Devices with a final result'),
});

export const timelineSchema = z.object({
  request_id: z.string(),
  claim: claimSchema,
  events: z.array(
    z.object({ at: z.string().describe('ISO 8601') }).and(timelineEventDetailsSchema),
  ),
  full: z.boolean().describe('Events in the middle may have been dropped'),
});

export const releasedSchema = z.object({
  request_id: z.string(),
  recorded: claimSchema.describe('What was recorded until now'),
});

export type ClaimState = z.output<typeof claimSchema>;
export type TimelineAnswer = z.output<typeof timelineSchema>;
export type Released = z.output<typeof releasedSchema>;

const DEVICE = {
  device: 'fGhJ...x9Kq',
  fingerprint: '6b1f0c2d9a3e4f5a6b7c8d9e',
  platform: 'android',
};

const CLAIM: ClaimState = {
  state: 'done',
  lease_left_ms: null,
  take_overs: null,
  outcome: 'delivered',
  code: null,
  error: null,
  ended_at: '2026-11-24T09:30:00.112Z',
  devices: [
    { ...DEVICE, status: 'delivered', message_id: 'projects/p/messages/0:1732', error_code: null },
  ],
};

const at = '2026-11-24T09:30:00.100Z';

export const TIMELINE_EXAMPLE: TimelineAnswer = {
  request_id: 'order-4711',
  claim: CLAIM,
  events: [
    {
      at,
      event: 'received',
      queued_ms: 4,
      redelivered: false,
      parked_count: 0,
      instance: 'push-7c9:1',
    },
    { at, event: 'claim', answer: 'claimed', taken_over: false, take_overs: 0 },
    { at, event: 'looked_up', from: 'user_service', devices: 1, ms: 3 },
    { at, event: 'tried', ...DEVICE, code: 'OK', ms: 81 },
    { at, event: 'ended', outcome: 'delivered' },
    { at, event: 'announced', status: 'delivered' },
    { at, event: 'reported', tries: 1, ms: 6 },
  ],
  full: false,
};

export const RELEASED_EXAMPLE: Released = { request_id: 'order-4711', recorded: CLAIM };
