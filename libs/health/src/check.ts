const MAX_LENGTH = 200;

/** Why a check failed, in one bounded line without credentials or stack. */
export function reason(error: unknown): string {
  return (withCause(error) || 'unknown error')
    .replace(/\/\/[^/\s@]*@/g, '//')
    .replace(/\s+/g, ' ')
    .slice(0, MAX_LENGTH);
}

/** The message of a failed `fetch` is only `fetch failed`; what failed is its cause. */
function withCause(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof Error) || error.cause === undefined) return message;
  const cause = messageOf(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}

/** Node leaves the message empty where all of several addresses failed, and sets a code instead. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message) return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** A check did not end in time. */
class CheckTimeoutError extends Error {
  readonly code = 'CHECK_TIMEOUT';
  readonly retryable = true;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'CheckTimeoutError';
  }
}

/**
 * Waits for a promise, but no longer than this. The work itself goes on.
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
