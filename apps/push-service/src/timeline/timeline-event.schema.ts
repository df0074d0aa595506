import { z } from 'zod';

const ms = z.number().describe('Milliseconds');
const deviceSchema = {
  device: z.string().describe('The token, masked'),
  fingerprint: z.string(),
  platform: z.string().nullable(),
};

/** What can happen to a notification. It is kept as it stands here: no token, no text of a message, nothing long. */
export const timelineEventDetailsSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('received'),
    queued_ms: ms.nullable().describe('Since its publication, where that is known'),
    redelivered: z.boolean(),
    parked_count: z.number(),
    instance: z.string().describe('host:pid'),
  }),
  z.object({
    event: z.literal('claim'),
    answer: z
      .enum(['claimed', 'decided', 'held', 'done'])
      .describe(
        'claimed: the work begins; decided: its end is known, and seen to; held: another worker is on it; done: a copy of a finished request',
      ),
    taken_over: z.boolean().describe('A worker before this one did not come to an end'),
    take_overs: z.number(),
    held_ms: ms.optional().describe('What the lease of the other worker has left'),
  }),
  z.object({
    event: z.literal('looked_up'),
    from: z.enum(['message', 'user_service']),
    devices: z.number(),
    ms,
  }),
  z.object({ event: z.literal('look_up_failed'), code: z.string(), ms }),
  z.object({
    event: z.literal('tried'),
    ...deviceSchema,
    code: z.string().describe('OK, or the error code of FCM'),
    ms,
  }),
  z.object({
    event: z.literal('parked'),
    reason: z.string(),
    delay_ms: ms,
    until: z.string().describe('ISO 8601'),
  }),
  z.object({
    event: z.literal('requeued'),
    cause: z.string().describe('What is down, or an error code'),
    counted: z.boolean().describe('Whether it speaks against the message'),
  }),
  z.object({
    event: z.literal('ended'),
    outcome: z.enum(['delivered', 'skipped', 'expired', 'rejected', 'exhausted']),
    code: z.string().optional(),
  }),
  z.object({ event: z.literal('overtaken') }).describe('Another worker held the claim by then'),
  z.object({ event: z.literal('dead_lettered'), code: z.string() }),
  z.object({ event: z.literal('announced'), status: z.string() }),
  z.object({ event: z.literal('reported'), tries: z.number(), ms }),
  z.object({ event: z.literal('report_refused'), http_status: z.number() }),
  z.object({
    event: z.literal('released'),
    actor: z.string(),
    was: z.string().describe('What the claim said'),
  }),
  z.object({ event: z.literal('replayed'), actor: z.string() }),
]);

/** Something that happened to a notification. */
export type TimelineEventDetails = z.output<typeof timelineEventDetailsSchema>;

/** The same with its time, in epoch milliseconds. */
export type TimelineEvent = { at: number } & TimelineEventDetails;
