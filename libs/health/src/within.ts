/** A check did not end in the time it had. */
export class CheckTimeoutError extends Error {
  readonly code = 'CHECK_TIMEOUT';
  readonly retryable = true;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'CheckTimeoutError';
  }
}

/**
 * Waits for a promise, but no longer than this. What it is about goes on.
 * @throws {CheckTimeoutError}
 */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CheckTimeoutError(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
