import { maskToken } from '@push/contracts';
import { z } from 'zod';
import type { AccessTokenError } from './credentials/access-tokens';
import type { FailureClass, SendRefused, SendResult } from './fcm-transport';

/** What FCM asks of a sender that gets a 429 without Retry-After: wait a minute. */
const QUOTA_WAIT_MS = 60_000;
const MAX_MESSAGE_LENGTH = 500;

/** An answer of FCM's, or of something on the way to it. */
export interface FcmAnswer {
  status: number;
  /** The `Retry-After` header. */
  retryAfter?: string;
  /** The body: text, or JSON parsed already. */
  body: unknown;
}

/**
 * FCM's own codes (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode) and those of Google's front end
 * (https://cloud.google.com/apis/design/errors#handling_errors). A code that is not here is judged by its HTTP status.
 *
 * NOT_FOUND is left out on purpose: only the FcmError code UNREGISTERED says that a token is dead. A bare 404 is what
 * a wrong project would get, and taking that for dead tokens would have every token in the house dropped.
 */
const CLASSES: Readonly<Record<string, FailureClass>> = {
  UNREGISTERED: 'token',
  SENDER_ID_MISMATCH: 'sender',
  INVALID_ARGUMENT: 'payload',
  THIRD_PARTY_AUTH_ERROR: 'platform-auth',
  UNAUTHENTICATED: 'credentials',
  PERMISSION_DENIED: 'credentials',
  QUOTA_EXCEEDED: 'rate',
  RESOURCE_EXHAUSTED: 'rate',
  UNAVAILABLE: 'transient',
  INTERNAL: 'transient',
  DEADLINE_EXCEEDED: 'transient',
  ABORTED: 'transient',
  CANCELLED: 'transient',
};

/** Translates an answer of FCM's. */
export function resultOf(answer: FcmAnswer, token: string): SendResult {
  const messageId = answer.status === 200 ? parseMessageId(answer.body) : undefined;
  return messageId === undefined ? refusalOf(answer, token) : { accepted: true, messageId };
}

/** Translates an answer that took nothing. The one place where FCM's errors get their meaning. */
export function refusalOf(answer: FcmAnswer, token: string): SendRefused {
  const { status } = answer;
  const error = parseGoogleError(answer.body);
  const failure = error ? classify(error, status) : classifyBare(status);
  const overQuota = failure === 'rate' || failure === 'target-rate';
  return {
    accepted: false,
    failure,
    code: error?.code ?? (status < 400 ? 'UNPARSABLE' : `HTTP_${status}`),
    message: concealToken(
      error?.message ?? `FCM answered ${status} with a body that is not FCM's`,
      token,
    ),
    httpStatus: status,
    retryAfterMs: parseRetryAfter(answer.retryAfter) ?? (overQuota ? QUOTA_WAIT_MS : undefined),
  };
}

/** Whether it was the access token that FCM refused, rather than what it permits. */
export function refusesAccessToken(result: SendResult): boolean {
  return !result.accepted && result.failure === 'credentials' && result.httpStatus === 401;
}

/** What failed was the way to FCM: whether it took the message is not known. */
export function networkRefusal(error: unknown, token: string): SendRefused {
  const text = error instanceof Error ? error.message : String(error);
  return transient('NETWORK', concealToken(`The connection to FCM failed: ${text}`, token));
}

/** There is no access token, so nothing was sent. */
export function credentialRefusal({ failure, code, message }: AccessTokenError): SendRefused {
  return { accepted: false, failure, code, message };
}

/** FCM did not answer in time: whether it took the message is not known. */
export function timeoutRefusal(timeoutMs: number): SendRefused {
  return transient('TIMEOUT', `FCM did not answer within ${timeoutMs} ms`);
}

/** More sends wait for a connection than are allowed to. */
export function overloadRefusal(): SendRefused {
  return transient('OVERLOADED', 'Too many sends wait for a connection to FCM; send fewer at once');
}

/** This process is on its way out. */
export function closedRefusal(): SendRefused {
  return transient('CLOSED', 'The transport to FCM is closed');
}

/** The message cannot be written down as FCM wants it, so it was not sent. */
export function payloadRefusal(error: unknown, token: string): SendRefused {
  const text = error instanceof Error ? error.message : String(error);
  return {
    accepted: false,
    failure: 'payload',
    code: 'INVALID_ARGUMENT',
    message: concealToken(text, token),
  };
}

function transient(code: string, message: string): SendRefused {
  return { accepted: false, failure: 'transient', code, message };
}

function classify(error: GoogleError, status: number): FailureClass {
  const known = error.code === undefined ? undefined : CLASSES[error.code];
  if (known === 'payload' && isAboutToken(error)) return 'token';
  if (known === 'rate' && isAboutTarget(error)) return 'target-rate';
  if (known) return known;
  if (status === 429) return 'rate';
  return status >= 400 && status < 500 ? 'payload' : 'transient';
}

/** An answer not in Google's format comes from something in between, and says little about the message. */
function classifyBare(status: number): FailureClass {
  switch (status) {
    case 401:
      return 'credentials';
    case 413:
      return 'payload';
    case 429:
      return 'rate';
    default:
      return 'transient';
  }
}

function parseMessageId(body: unknown): string | undefined {
  try {
    const { name } = JSON.parse(String(body)) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** FCM names the field only sometimes: https://github.com/firebase/firebase-admin-java/issues/1064 */
function isAboutToken({ fields, message }: GoogleError): boolean {
  if (fields.length > 0) return fields.includes('message.token');
  return /registration token is not a valid/i.test(message);
}

/** A quota's subject is `project:…`, `device:…` or `topic:…`; where it has none, the description tells. */
function isAboutTarget({ quotas }: GoogleError): boolean {
  return quotas.some(({ subject = '', description = '' }) => {
    if (/^project/i.test(subject)) return false;
    return /^(device|topic)/i.test(subject) || /\b(device|topic)\b/i.test(description);
  });
}

/** Google's texts may repeat what they complain of. */
function concealToken(text: string, token: string): string {
  const escaped = JSON.stringify(token).slice(1, -1);
  const concealed =
    token.length < 4
      ? text
      : text.replaceAll(token, maskToken(token)).replaceAll(escaped, maskToken(token));
  return concealed.slice(0, MAX_MESSAGE_LENGTH);
}

const text = z.string().optional().catch(undefined);

/** A `google.rpc.Status` with the details FCM sends; fields that are not as documented count as missing. */
const errorBody = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: text,
    details: z
      .array(
        z.object({
          '@type': z.string().catch(''),
          errorCode: text,
          fieldViolations: z.array(z.object({ field: text, description: text })).catch([]),
          violations: z.array(z.object({ subject: text, description: text })).catch([]),
        }),
      )
      .catch([]),
  }),
});

/** What an error answer of Google's says. */
export interface GoogleError {
  /** FCM's own error code where there is one, or the canonical `google.rpc` one. */
  code?: string;
  message: string;
  /** What a `BadRequest` complains of, as in `message.token`. */
  fields: readonly string[];
  /** Which quotas a `QuotaFailure` says are used up. */
  quotas: readonly { subject?: string; description?: string }[];
}

/**
 * Reads the body of an error answer.
 *
 * @param body text, or JSON parsed already
 * @returns undefined for anything but Google's error format: a proxy's page, for one
 */
function parseGoogleError(body: unknown): GoogleError | undefined {
  const parsed = errorBody.safeParse(typeof body === 'string' ? parseJson(body) : body);
  if (!parsed.success) return undefined;
  const { message, status, details } = parsed.data.error;
  const fcmError = details.find((detail) => detail['@type'].endsWith('.FcmError'));
  return {
    code: fcmError?.errorCode ?? status,
    message,
    fields: details.flatMap((detail) => detail.fieldViolations.map(({ field }) => field ?? '')),
    quotas: details.flatMap((detail) => detail.violations),
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Nobody is kept waiting longer than a day by a header. */
const MAX_WAIT_MS = 86_400_000;

/**
 * Reads a `Retry-After` header: seconds or an HTTP date (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 *
 * @returns milliseconds, 0 for a time that has passed, a day at most; undefined without a readable header
 */
export function parseRetryAfter(
  value: string | undefined,
  nowMs: number = Date.now(),
): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = readWait(value.trim(), nowMs);
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(0, Math.round(waitMs)), MAX_WAIT_MS);
}

function readWait(value: string, nowMs: number): number {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // A date begins with the day of the week; Date.parse would find one in almost anything.
  return /^[a-z]{3}/i.test(value) ? Date.parse(value) - nowMs : NaN;
}
