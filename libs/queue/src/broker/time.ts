import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, less long when the signal says so. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Waits for some work to end, but no longer than that. The work is not stopped; its error is not heard. */
export async function within(ms: number, work: () => Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const ended = work()
    .catch(() => undefined)
    .finally(() => done.abort());
  await Promise.race([ended, pause(ms, done.signal)]);
}
