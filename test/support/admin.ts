import { startStack, type Json, type Stack, type StackOptions } from './stack';

/** Keys of the admin API in a test: one that may act, and one that may only read. */
export const ADMIN_KEY = 'the-key-of-alice-in-tests';
export const READING_KEY = 'the-key-of-a-dashboard';

export interface AdminCall {
  method?: string;
  body?: unknown;
  /** @default ADMIN_KEY; null sends none */
  key?: string | null;
}

export interface AdminAnswer {
  status: number;
  body: Json;
  headers: Headers;
}

/** The whole system with an admin API that has keys. */
export async function startAdminStack(options: StackOptions = {}): Promise<Stack> {
  const env = {
    ADMIN_API_KEYS: `alice:${ADMIN_KEY},dashboard:${READING_KEY}:read`,
    ADMIN_REQUESTS_PER_MINUTE: '100000',
    ...options.env,
  };
  return startStack({ ...options, env });
}

/** Calls the admin API of the first instance, or of the one whose URL is given. `path` is below `/api/v1/admin`. */
export async function admin(
  { pushUrls }: Pick<Stack, 'pushUrls'>,
  path: string,
  { method = 'GET', body, key = ADMIN_KEY }: AdminCall = {},
): Promise<AdminAnswer> {
  const answer = await fetch(`${pushUrls[0] ?? ''}/api/v1/admin${path}`, {
    method,
    headers: {
      ...(key !== null && { 'x-api-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Json, headers: answer.headers };
}
