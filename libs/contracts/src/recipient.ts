import { plainUser } from './plain-user';
import { userSchema, type Device, type Recipient } from './recipient.schema';

/**
 * Reads a user service's answer: enveloped in `data` or bare, with `push_token`, `push_tokens[]` or `devices[]`.
 * @returns undefined when the answer is no user at all
 */
export function parseRecipient(userId: string, answer: unknown): Recipient | undefined {
  const bare = isObject(answer) && 'data' in answer ? answer['data'] : answer;
  const user = plainUser(bare) ?? userSchema.safeParse(bare).data;
  if (!user) return undefined;
  const devices = new Map<string, Device>();
  for (const { token: address, platform: kind, locale } of user.devices ?? []) {
    devices.set(address, { token: address, platform: kind, locale: locale ?? undefined });
  }
  for (const address of [
    ...(user.push_tokens ?? []),
    ...(user.push_token ? [user.push_token] : []),
  ]) {
    if (!devices.has(address)) devices.set(address, { token: address });
  }
  return { userId, devices: [...devices.values()], wantsPush: user.preferences?.push !== false };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
