import { deviceResultSchema } from '@push/contracts';
import { pageQuery } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const status = z.enum(['pending', 'delivered', 'failed']);
const time = z.iso.datetime();

/** What a client is told of the notification it asked for, as the API description shows it. */
export const acceptedSchema = z.object({
  notification_id: z.string(),
  request_id: z.string(),
  correlation_id: z.string(),
  status,
});

/** A notification in a listing. */
export const summarySchema = z.object({
  notification_id: z.string(),
  request_id: z.string().nullable(),
  user_id: z.string().nullable(),
  correlation_id: z.string().nullable(),
  status,
  created_at: time,
  updated_at: time,
  error: z.string().nullable(),
  reason: z.string().nullable(),
});

/** A notification as a whole. */
export const recordSchema = summarySchema.extend({
  devices: z.array(deviceResultSchema),
  history: z.array(
    z.object({
      status,
      timestamp: time,
      error: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
});

/** A request as anybody may send it. */
export const exampleRequest = {
  notification_type: 'push',
  user_id: 'test-user-123',
  template_code: 'Welcome {{name}}!',
  variables: { name: 'John', link: 'https://example.com', meta: {} },
  request_id: 'demo-req-123',
  priority: 2,
  metadata: { campaign_id: '123' },
};

const ID = '7b0c9d6e-52a4-4c59-9c3f-0a7a4b8e7f10';

export const exampleAccepted: z.input<typeof acceptedSchema> = {
  notification_id: ID,
  request_id: 'demo-req-123',
  correlation_id: 'demo-req-123',
  status: 'pending',
};

export const exampleSummary: z.input<typeof summarySchema> = {
  ...exampleAccepted,
  user_id: 'test-user-123',
  status: 'delivered',
  created_at: '2026-03-01T12:00:00.000Z',
  updated_at: '2026-03-01T12:00:00.120Z',
  error: null,
  reason: null,
};

export const exampleRecord: z.input<typeof recordSchema> = {
  ...exampleSummary,
  devices: [
    {
      device: 'demo...roid',
      fingerprint: '3f9a0c51',
      platform: 'android',
      status: 'delivered',
      message_id: 'projects/demo/messages/1',
    },
  ],
  history: [
    { status: 'pending', timestamp: '2026-03-01T12:00:00.000Z', error: null, reason: null },
    { status: 'delivered', timestamp: '2026-03-01T12:00:00.120Z', error: null, reason: null },
  ],
};

const id = (name: string, example: string) =>
  z
    .string({ error: `${name} is missing` })
    .trim()
    .min(1, { error: `${name} should not be empty` })
    .max(256, { error: `${name} should be at most 256 characters` })
    .meta({ example });

export class NotificationPath extends createZodDto(
  z.object({ notification_id: id('notification_id', 'demo-req-123') }),
) {}

export class ListingQuery extends createZodDto(
  z.object({
    user_id: id('user_id', 'test-user-123'),
    ...pageQuery(1000),
  }),
) {}
