import { ConfigError } from '@push/config';

/**
 * There is no access token for FCM. Carries no `cause`: the error of Google's library drags the signed request along.
 */
export class AccessTokenError extends Error {
  readonly retryable: boolean;

  /**
   * @param failure `transient` when Google could not be asked, `credentials` when it refused
   * @param code `NETWORK`, `TIMEOUT`, or what Google said
   */
  constructor(
    readonly failure: 'transient' | 'credentials',
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'AccessTokenError';
    this.retryable = failure === 'transient';
  }
}

/** Tells trouble on the way from a refusal, in the errors of google-auth-library (gaxios). */
export function accessTokenError(error: unknown): AccessTokenError {
  if (error instanceof AccessTokenError) return error;
  // The key file was replaced, and cannot be used.
  if (error instanceof ConfigError) {
    const problems = error.problems.map(({ variable, problem }) => `${variable} ${problem}`);
    return refused('INVALID_CREDENTIAL', problems.join('; '));
  }
  const { status, code, message, refusal } = read(error);
  if (status !== undefined) {
    const passing = status >= 500 || status === 429 || status === 408;
    return passing
      ? new AccessTokenError('transient', 'NETWORK', `Google's token server answered ${status}`)
      : refused(refusal ?? `HTTP_${status}`, message);
  }
  // System errors and aborted requests have a text as code; what the library itself finds wrong has none.
  if (code !== undefined && !code.startsWith('ERR_') && !code.startsWith('app/')) {
    return new AccessTokenError(
      'transient',
      'NETWORK',
      `Google's token server is out of reach (${code})`,
    );
  }
  return refused('INVALID_CREDENTIAL', message);
}

function refused(code: string, message: string): AccessTokenError {
  return new AccessTokenError(
    'credentials',
    code.toUpperCase(),
    `No access token for FCM: ${message.slice(0, 300)}. ` +
      'Check GOOGLE_APPLICATION_CREDENTIALS, that its key still exists, and that the clock is right',
  );
}

function read(error: unknown): {
  status?: number;
  code?: string;
  message: string;
  refusal?: string;
} {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const { status, code, message, response } = error as Partial<Record<string, unknown>>;
  const data = (response as { data?: { error?: unknown } } | undefined)?.data;
  return {
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : 'unknown error',
    refusal: typeof data?.error === 'string' ? data.error : undefined,
  };
}
