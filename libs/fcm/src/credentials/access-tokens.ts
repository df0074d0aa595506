import { Logger } from '@nestjs/common';
import { ConfigError } from '@push/config';
import type { GoogleOAuthAccessToken } from 'firebase-admin/app';

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
function accessTokenError(error: unknown): AccessTokenError {
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

/** A token counts as expired this long before it is. */
const MARGIN_MS = 30_000;
/** Renewal begins this long before the expiry; Google's library hands out its cached token until five minutes before. */
const RENEW_AHEAD_MS = 240_000;
/** Pause after a renewal that failed while the old token still serves. */
const RENEW_AGAIN_MS = 10_000;
/** A token that FCM refuses is replaced no more often than this. */
const REPLACE_EVERY_MS = 60_000;

/** One access token. */
export interface AccessToken {
  value: string;
  /** The `Authorization` header. */
  authorization: string;
  /** Epoch milliseconds; until `renewAt` it is simply used, until `expiresAt` used while a new one is fetched. */
  renewAt: number;
  expiresAt: number;
}

/** Fetches a token; `anew` asks for one that is not from the library's own cache, by credentials that are read again. */
export type TokenSource = (anew: boolean) => Promise<GoogleOAuthAccessToken>;

export interface AccessTokensOptions {
  /** Most milliseconds a fetch may take. @default 10000 */
  timeoutMs?: number;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
}

/** The access token for FCM: fetched once however many wait for it, and renewed before it expires. */
export class AccessTokens {
  private readonly logger = new Logger(AccessTokens.name);
  private readonly timeoutMs: number;
  private readonly now: () => number;
  private current?: AccessToken;
  private pending?: Promise<AccessToken>;
  private replacedAt = -Infinity;
  /** Google has refused the credentials in memory: those that are there now may be others. */
  private outdated = false;

  constructor(
    private readonly source: TokenSource,
    { timeoutMs = 10_000, now = Date.now }: AccessTokensOptions = {},
  ) {
    this.timeoutMs = timeoutMs;
    this.now = now;
  }

  /** @throws {AccessTokenError} when there is none to be had */
  async get(): Promise<AccessToken> {
    return this.usable() ?? this.fetch(false);
  }

  /** The token at hand, without a promise for it; undefined while there is none, and {@link get} has to fetch one. */
  usable(): AccessToken | undefined {
    const token = this.current;
    const now = this.now();
    if (token === undefined || now >= token.expiresAt) return undefined;
    if (now >= token.renewAt) this.renew(token, false);
    return token;
  }

  /**
   * Fetches a new token with the credentials as they are now, whatever token there is.
   * @throws {AccessTokenError} when there is none to be had
   */
  async fresh(): Promise<AccessToken> {
    while (this.pending) await this.pending.catch(() => undefined);
    return this.fetch(true);
  }

  /** FCM refused this token: it is replaced, in the background. Nothing is sent again here. */
  refused(token: AccessToken): void {
    const now = this.now();
    if (token !== this.current || now - this.replacedAt < REPLACE_EVERY_MS) return;
    this.replacedAt = now;
    this.current = undefined;
    this.renew(token, true);
  }

  private renew(token: AccessToken, anew: boolean): void {
    if (this.pending) return;
    this.fetch(anew).catch((error: unknown) => {
      token.renewAt = this.now() + RENEW_AGAIN_MS;
      this.logger.warn({ err: error }, 'The access token for FCM could not be renewed');
    });
  }

  private fetch(anew: boolean): Promise<AccessToken> {
    this.pending ??= this.fetchOnce(anew).finally(() => (this.pending = undefined));
    return this.pending;
  }

  private async fetchOnce(anew: boolean): Promise<AccessToken> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const message = `Google's token server did not answer within ${this.timeoutMs} ms`;
      timer = setTimeout(
        () => reject(new AccessTokenError('transient', 'TIMEOUT', message)),
        this.timeoutMs,
      );
    });
    try {
      const source = this.source(anew || this.outdated);
      const { access_token, expires_in } = await Promise.race([source, deadline]);
      this.outdated = false;
      const expiresAt = this.now() + expires_in * 1000;
      this.current = {
        value: access_token,
        authorization: `Bearer ${access_token}`,
        renewAt: expiresAt - RENEW_AHEAD_MS,
        expiresAt: expiresAt - MARGIN_MS,
      };
      return this.current;
    } catch (thrown) {
      const error = accessTokenError(thrown);
      if (error.failure === 'credentials') this.outdated = true;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
