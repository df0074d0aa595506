import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition; a look every 25 ms.
 * @param what the condition in words, for the error
 * @throws when it has not come true in time
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(25);
  }
}
