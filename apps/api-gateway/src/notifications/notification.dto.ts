import { pageQuery } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

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
