import { PLATFORMS } from '@push/contracts';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const text = (name: string, max: number) =>
  z
    .string({ error: `${name} should be text` })
    .trim()
    .min(1, { error: `${name} should not be empty` })
    .max(max, { error: `${name} should be at most ${max} characters` });

/** Where a test push goes, and what it says. */
export const testPushSchema = z.strictObject(
  {
    user_id: text('user_id', 256).optional().describe('All devices of this user'),
    token: text('token', 4096).optional().describe('This device alone'),
    platform: z
      .enum(PLATFORMS, { error: `platform should be one of ${PLATFORMS.join(', ')}` })
      .optional()
      .describe('Of the token'),
    title: text('title', 200).default('Test'),
    body: text('body', 1000).default('A test push of push-service'),
    data: z
      .record(
        z.string().max(100, { error: 'data should have names of at most 100 characters' }),
        z.string({ error: 'data should have text values only' }),
        { error: 'data should be an object with text values' },
      )
      .refine((data) => Object.keys(data).length <= 50, {
        error: 'data should have at most 50 entries',
      })
      .default({}),
    validate_only: z
      .boolean({ error: 'validate_only should be true or false' })
      .default(true)
      .describe('Have FCM check it and show nothing'),
  },
  { error: 'send a JSON object with user_id or token, and nothing that is not described' },
);

export class TestPushDto extends createZodDto(
  testPushSchema
    .refine(({ user_id, token }) => (user_id === undefined) !== (token === undefined), {
      error: 'send exactly one of user_id and token',
    })
    .refine(({ platform, token }) => platform === undefined || token !== undefined, {
      error: 'platform goes with token; the devices of a user have their own',
    }),
) {}

/** How a test push went, by device. */
export const testPushResultSchema = z.object({
  validate_only: z.boolean(),
  devices: z.array(
    z.object({
      device: z.string().describe('The token, masked'),
      fingerprint: z.string(),
      platform: z.string().nullable(),
      accepted: z.boolean(),
      message_id: z.string().nullable(),
      code: z.string().nullable().describe('Error code of FCM'),
      error: z.string().nullable().describe('A sentence'),
      ms: z.number(),
    }),
  ),
  left_out: z.number().describe('Devices of the user beyond the first 50'),
});

export type TestPushRequest = z.output<typeof testPushSchema>;
export type TestPushResult = z.output<typeof testPushResultSchema>;
