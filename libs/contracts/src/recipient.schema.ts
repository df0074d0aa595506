import { z } from 'zod';

/** Where a device's notifications are drawn. */
export const PLATFORMS = ['android', 'ios', 'web'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** One address a push can be sent to. */
export interface Device {
  token: string;
  platform?: Platform;
  /** BCP 47 language tag. */
  locale?: string;
}

/** A user, as far as delivery cares. */
export interface Recipient {
  userId: string;
  devices: readonly Device[];
  /** False where the user wants no push notifications. */
  wantsPush: boolean;
}

const token = z.string().trim().min(1).max(4096);

const platform = z.preprocess(
  (value) => (typeof value === 'string' ? value.toLowerCase() : undefined),
  z.enum(PLATFORMS).optional().catch(undefined),
);

export const userSchema = z.looseObject({
  push_token: token.nullish().catch(undefined),
  push_tokens: z.array(token).nullish(),
  devices: z
    .array(z.looseObject({ token, platform, locale: z.string().max(35).nullish() }))
    .nullish(),
  preferences: z.looseObject({ push: z.boolean().nullish() }).nullish(),
});

export type User = z.output<typeof userSchema>;
