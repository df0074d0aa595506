import { LOG_LEVELS } from '@push/config';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** The log level as the admin API shows it. */
export const logLevelSchema = z.object({
  level: z.enum(LOG_LEVELS).describe('Of this instance, now'),
  configured: z.enum(LOG_LEVELS),
  wished: z
    .object({
      level: z.enum(LOG_LEVELS).nullable(),
      by: z.string(),
      since: z.string(),
      until: z.string().nullable(),
    })
    .nullable()
    .describe('The last word of an operator; a level of null is configuration'),
});

export type LogLevelView = z.output<typeof logLevelSchema>;

/** Not `silent`: it would hide who changed it back. */
const WISHED = LOG_LEVELS.filter((level) => level !== 'silent');
const SECONDS = 'for_seconds should be a whole number from 1 to 86400';

export const setLogLevelSchema = z.strictObject({
  level: z.enum(WISHED, { error: `level should be one of ${WISHED.join(', ')}` }),
  for_seconds: z
    .number({ error: SECONDS })
    .int({ error: SECONDS })
    .min(1, { error: SECONDS })
    .max(86_400, { error: SECONDS })
    .optional()
    .describe('After this time the level goes back by itself; left out, it stays'),
});

export class LogLevelDto extends createZodDto(setLogLevelSchema) {}
