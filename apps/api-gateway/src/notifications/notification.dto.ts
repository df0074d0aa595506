import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const id = (name: string) =>
  z
    .string({ error: `${name} is missing` })
    .trim()
    .min(1, { error: `${name} should not be empty` })
    .max(256, { error: `${name} should be at most 256 characters` });

const whole = (name: string, fallback: number, max: number) =>
  z.coerce
    .number({ error: `${name} should be a whole number` })
    .int({ error: `${name} should be a whole number` })
    .min(1, { error: `${name} should be 1 or more` })
    .max(max, { error: `${name} should be ${max} or less` })
    .default(fallback);

export class NotificationPath extends createZodDto(
  z.object({ notification_id: id('notification_id') }),
) {}

export class ListingQuery extends createZodDto(
  z.object({
    user_id: id('user_id'),
    page: whole('page', 1, 1000),
    limit: whole('limit', 20, 100),
  }),
) {}
