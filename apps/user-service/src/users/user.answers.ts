import { PLATFORMS } from '@push/contracts';
import { z } from 'zod';

const time = z.iso.datetime();

/** Answers as the API description shows them. */
export const preferencesAnswer = z.object({ push: z.boolean(), email: z.boolean() });

export const deviceAnswer = z.object({
  token: z.string(),
  platform: z.enum(PLATFORMS).nullable(),
  locale: z.string().nullable(),
  updated_at: time,
});

export const userAnswer = z.object({
  user_id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  preferences: preferencesAnswer,
  created_at: time,
  updated_at: time,
});

export const profileAnswer = userAnswer.extend({
  devices: z.array(deviceAnswer),
  push_token: z.string().nullable(),
});

export const exampleDeviceInput = {
  token: 'demo-device-john-tablet',
  platform: 'android' as const,
  locale: 'en',
};

export const exampleDevice: z.input<typeof deviceAnswer> = {
  ...exampleDeviceInput,
  updated_at: '2026-03-01T12:00:00.000Z',
};

export const exampleUserInput = {
  name: 'John',
  email: 'john@example.com',
  preferences: { push: true, email: true },
  devices: [exampleDeviceInput],
};

export const exampleUser: z.input<typeof userAnswer> = {
  user_id: 'test-user-123',
  name: 'John',
  email: 'john@example.com',
  preferences: { push: true, email: true },
  created_at: '2026-03-01T12:00:00.000Z',
  updated_at: '2026-03-01T12:00:00.000Z',
};

export const exampleProfile: z.input<typeof profileAnswer> = {
  ...exampleUser,
  devices: [exampleDevice],
  push_token: exampleDevice.token,
};
