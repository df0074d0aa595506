import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition, checked every 25 ms.
 * @param what the condition in words, for the error
 * @returns the first truthy value of `check`
 * @throws when there is none in time
 */
export async function waitFor<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = 15_000,
  intervalMs = 25,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await sleep(intervalMs);
  }
}

/** Waits for a condition whose code says what it is, checked every 2 ms. @throws when it does not hold in time */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  await waitFor(String(condition), condition, timeoutMs, 2);
}
