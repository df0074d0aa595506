import { z } from 'zod';

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
export function parseGoogleError(body: unknown): GoogleError | undefined {
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
