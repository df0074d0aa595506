import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in a time that tells nothing about either, their lengths included. */
export function constantTimeEquals(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

/** Whether a secret is one of several, in a time that does not tell which. */
export function constantTimeIncludes(secrets: readonly string[], candidate: string): boolean {
  let found = false;
  for (const secret of secrets) found = constantTimeEquals(secret, candidate) || found;
  return found;
}

/** The entry whose secret it is, in a time that does not tell which. */
export function constantTimeFind<T>(
  entries: readonly T[],
  candidate: string,
  secretOf: (entry: T) => string,
): T | undefined {
  let found: T | undefined;
  for (const entry of entries) {
    if (constantTimeEquals(secretOf(entry), candidate)) found = entry;
  }
  return found;
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
