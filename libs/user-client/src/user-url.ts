import { toUSVString } from 'node:util';

/** Path of one user below the base URL; undefined for an id that no path can hold. */
export type UserPath = (userId: string) => string | undefined;

/** Splits where the user service is into what a connection needs and what a request needs. */
export function userServiceAddress(url: string, userPath: string, healthPath: string) {
  const { origin, pathname } = new URL(url);
  const base = pathname.replace(/\/+$/, '');
  const pathOf: UserPath = (userId) => {
    const encoded = encodeUserId(userId);
    return encoded && base + userPath.replaceAll('{user_id}', () => encoded);
  };
  return { origin, pathOf, healthPath: base + healthPath };
}

/**
 * Encoding is not enough: proxies decode `%2F` before they resolve `..`, and nothing encodes a dot. So an id that
 * would step elsewhere once decoded is the id of nobody. A half of a surrogate pair cannot be encoded at all.
 */
function encodeUserId(userId: string): string | undefined {
  const steps = userId.split(/[/\\]/);
  if (steps.some((step) => step === '' || step === '.' || step === '..')) return undefined;
  return toUSVString(userId) === userId ? encodeURIComponent(userId) : undefined;
}
