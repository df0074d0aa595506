import { isPlainList, isPlainObject, isPlainToken } from './plain';
import { PLATFORMS, type User } from './recipient.schema';

const PLATFORM_NAMES = new Set<unknown>([...PLATFORMS, undefined]);

/**
 * Reads a user that leaves its schema nothing to do: 0.2 us of CPU, 1.1 us by the schema.
 * @returns what the schema would; undefined where it has to look itself
 */
export function plainUser(answer: unknown): User | undefined {
  if (!isPlainObject(answer)) return undefined;
  const { push_token, push_tokens, devices, preferences } = answer;
  const plain =
    (isNone(push_token) || isPlainToken(push_token)) &&
    (isNone(push_tokens) || isPlainList(push_tokens, Infinity, isPlainToken)) &&
    (isNone(devices) || isPlainList(devices, Infinity, isPlainDevice)) &&
    (isNone(preferences) || arePlainPreferences(preferences));
  return plain ? answer : undefined;
}

function isPlainDevice(device: unknown): boolean {
  if (!isPlainObject(device)) return false;
  const { token, platform, locale } = device;
  return (
    isPlainToken(token) &&
    PLATFORM_NAMES.has(platform) &&
    (isNone(locale) || (typeof locale === 'string' && locale.length <= 35))
  );
}

function arePlainPreferences(preferences: unknown): boolean {
  if (!isPlainObject(preferences)) return false;
  return isNone(preferences['push']) || typeof preferences['push'] === 'boolean';
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}
