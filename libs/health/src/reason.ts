const MAX_LENGTH = 200;

/** Why a check failed, in one bounded line that anybody may read: no credentials of a URL, no stack. */
export function reason(error: unknown): string {
  return (withCause(error) || 'unknown error')
    .replace(/\/\/[^/\s@]*@/g, '//')
    .replace(/\s+/g, ' ')
    .slice(0, MAX_LENGTH);
}

/** `fetch failed` is all that fetch says itself; what failed is its cause. */
function withCause(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof Error) || error.cause === undefined) return message;
  const cause = messageOf(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}

/** Node leaves the message empty where several addresses were tried in vain, and has a code instead. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message) return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
