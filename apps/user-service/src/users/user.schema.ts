import { PLATFORMS } from '@push/contracts';
import { pageQuery } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** Most devices of one user. */
export const MAX_DEVICES = 100;

const printable = /^[^\p{Cc}]*$/u;

/** Ids are opaque: any text of up to 256 characters without control characters. */
const userId = z
  .string({ error: 'user_id should be text' })
  .trim()
  .min(1, { error: 'user_id should not be empty' })
  .max(256, { error: 'user_id should be at most 256 characters' })
  .regex(printable, { error: 'user_id should have no control characters' });

const token = z
  .string({ error: 'token should be text' })
  .trim()
  .min(1, { error: 'token should not be empty' })
  .max(4096, { error: 'token should be at most 4096 characters' })
  .regex(/^\S*$/, { error: 'token should have no spaces in it' })
  // No second pattern: a parameter's description has room for one.
  .refine((value) => printable.test(value), {
    error: 'token should have no control characters',
  });

const platform = z.preprocess(
  (value) => (typeof value === 'string' ? value.toLowerCase() : value),
  z.enum(PLATFORMS, { error: `platform should be one of ${PLATFORMS.join(', ')}` }).nullish(),
);

const locale = z
  .string({ error: 'locale should be text' })
  .regex(/^[a-z]{1,8}(?:[-_][a-z0-9]{1,8}){0,3}$/i, {
    error: 'locale should be a language tag such as en or pt-BR',
  })
  .nullish();

/** A device as it is registered. */
export const deviceSchema = z.object(
  { token, platform, locale },
  { error: 'a device should be an object with a token' },
);

/** All devices of a user. */
export const devicesSchema = z
  .array(deviceSchema, { error: 'devices should be a list' })
  .max(MAX_DEVICES, { error: `devices should be at most ${MAX_DEVICES}` });

const wanted = (channel: string) =>
  z.boolean({ error: `${channel} should be true or false` }).optional();

/** Channels to switch on or off; those left out stay as they are. */
export const preferencesSchema = z.object(
  { push: wanted('push'), email: wanted('email') },
  { error: 'preferences should be an object' },
);

/** A user as a whole, as PUT takes it. Without `devices`, those registered stay. */
export const userSchema = z.object(
  {
    name: z
      .string({ error: 'name should be text' })
      .trim()
      .max(200, { error: 'name should be at most 200 characters' })
      .nullish(),
    email: z
      .email({ error: 'email should be an address such as ada@example.com' })
      .max(320, { error: 'email should be at most 320 characters' })
      .nullish(),
    preferences: preferencesSchema.optional(),
    devices: devicesSchema.optional(),
  },
  { error: 'a user should be a JSON object' },
);

/** Which page of a listing. */
export const pageSchema = z.object({
  ...pageQuery(1_000_000),
});

const userIdParameter = userId.meta({ example: 'test-user-123' });
const tokenParameter = token.meta({ example: 'demo-device-john-tablet' });

const userPathSchema = z.object({ user_id: userIdParameter });
const devicePathSchema = z.object({ user_id: userIdParameter, token: tokenParameter });

export type DeviceInput = z.output<typeof deviceSchema>;
export type PreferencesInput = z.output<typeof preferencesSchema>;
export type UserInput = z.output<typeof userSchema>;

export class UserPath extends createZodDto(userPathSchema) {}
export class DevicePath extends createZodDto(devicePathSchema) {}
export class PageQuery extends createZodDto(pageSchema) {}
export class UserDto extends createZodDto(userSchema) {}
export class DeviceDto extends createZodDto(deviceSchema) {}
export class DevicesDto extends createZodDto(
  z.object({ devices: devicesSchema }, { error: 'send an object with a list of devices' }),
) {}
export class PreferencesDto extends createZodDto(
  preferencesSchema.refine(({ push, email }) => push !== undefined || email !== undefined, {
    error: 'send push or email, true or false',
  }),
) {}

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
