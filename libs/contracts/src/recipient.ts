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

/** A user, as far as delivery needs to know. */
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

const userSchema = z.looseObject({
  push_token: token.nullish().catch(undefined),
  push_tokens: z.array(token).nullish(),
  devices: z
    .array(z.looseObject({ token, platform, locale: z.string().max(35).nullish() }))
    .nullish(),
  preferences: z.looseObject({ push: z.boolean().nullish() }).nullish(),
});

/**
 * Reads a user service's answer: enveloped in `data` or bare, with `push_token`, `push_tokens[]` or `devices[]`.
 * @returns undefined when the answer is no user at all
 */
export function parseRecipient(userId: string, answer: unknown): Recipient | undefined {
  const enveloped = typeof answer === 'object' && answer !== null && 'data' in answer;
  const user = userSchema.safeParse(enveloped ? answer.data : answer).data;
  if (!user) return undefined;
  const devices = new Map<string, Device>();
  for (const device of user.devices ?? []) {
    const { token: address, platform: kind, locale } = device;
    devices.set(address, { token: address, platform: kind, locale: locale ?? undefined });
  }
  const further = user.push_token ? [user.push_token] : [];
  for (const address of [...(user.push_tokens ?? []), ...further]) {
    if (!devices.has(address)) devices.set(address, { token: address });
  }
  return { userId, devices: [...devices.values()], wantsPush: user.preferences?.push !== false };
}
