import { toUSVString } from 'node:util';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { errors, Pool } from 'undici';
import { UserServiceError } from './user-client.errors';

/** Enough for hundreds of look-ups a second at any reasonable latency, and bounded for the service's sake. */
const MAX_CONNECTIONS = 128;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of a body that nobody reads so much is received to keep the connection; where there is more it is closed. */
const MAX_UNREAD_BYTES = 128 * 1024;

/** What came back: the JSON of a 200 answer, or that there is no such thing. */
export type Answer = { found: true; body: unknown } | { found: false };

/** A request that changes something at the user service. */
export interface Command {
  method: 'DELETE' | 'POST';
  path: string;
  /** Sent as JSON. */
  body?: object;
}

interface Request {
  method: 'GET' | Command['method'];
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** HTTP to the user service: kept-alive connections, one deadline for a request and its answer, no redirects. */
@Injectable()
export class UserServiceClient implements OnApplicationShutdown {
  private readonly pool: Pool;
  /** Sent with every request. */
  private readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly config: UserServiceConfig) {
    const { apiKey, timeoutMs, url } = config;
    this.headers = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(apiKey && { 'x-api-key': apiKey }),
    };
    this.pool = new Pool(new URL(url).origin, {
      connections: MAX_CONNECTIONS,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: { timeout: timeoutMs },
      // The deadline of the whole is the request's signal.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Asks for JSON. @throws {UserServiceError} when there is no valid answer */
  async get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { status, body } = await this.request({ method: 'GET', path, headers }, isReadOfGet);
    if (status === 200) return { found: true, body: parse(body) };
    if (isGone(status)) return notFound(status, body);
    throw refusal(status);
  }

  /** Sends a command; what does not exist (any more) counts as done. @throws {UserServiceError} when it was not done */
  async command({ method, path, body: content }: Command): Promise<void> {
    const { status } = await this.request({
      method,
      path,
      headers: content && { 'content-type': 'application/json' },
      body: content && JSON.stringify(content),
    });
    if (status >= 300 && !isGone(status)) throw refusal(status);
  }

  /** @throws {UserServiceError} unless the answer is 2xx */
  async check(path: string): Promise<void> {
    const { status } = await this.request({ method: 'GET', path });
    if (status >= 300) throw refusal(status);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }

  /** @param isRead which answers are read; of others only the status counts, however their body ends */
  private async request(
    { headers, ...request }: Request,
    isRead: (status: number) => boolean = () => false,
  ): Promise<{ status: number; body: string }> {
    const signal = AbortSignal.timeout(this.config.timeoutMs);
    try {
      const { statusCode: status, body } = await this.pool.request({
        ...request,
        headers: { ...this.headers, ...headers },
        signal,
      });
      if (isRead(status)) return { status, body: await body.text() };
      await body.dump({ limit: MAX_UNREAD_BYTES, signal }).catch(() => undefined);
      return { status, body: '' };
    } catch (error) {
      throw signal.aborted ? this.timeout(error) : failure(error);
    }
  }

  private timeout(cause: unknown): UserServiceError {
    const { timeoutMs } = this.config;
    const message = `The user service gave no complete answer within ${timeoutMs} ms`;
    return new UserServiceError('TIMEOUT', message, true, { cause });
  }
}

function isReadOfGet(status: number): boolean {
  return status === 200 || isGone(status);
}

/** There is no such thing, or no longer. */
function isGone(status: number): boolean {
  return status === 404 || status === 410;
}

/** A service answers with JSON or nothing; a page or a line of text is a proxy's, which knows no users. */
function notFound(status: number, text: string): Answer {
  if (text.trim() === '' || isJson(text)) return { found: false };
  throw new UserServiceError(
    'BAD_ANSWER',
    `Something that is no user service answered ${status}: check USER_SERVICE_URL, the paths below it, and the proxies between`,
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserServiceError('BAD_ANSWER', 'The user service answered 200 with no JSON');
  }
}

function failure(cause: unknown): UserServiceError {
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    const message = `The user service's answer is larger than ${MAX_ANSWER_BYTES} bytes`;
    return new UserServiceError('BAD_ANSWER', message, true, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `The user service cannot be reached: ${reason}. Check USER_SERVICE_URL, and that it runs`;
  return new UserServiceError('UNAVAILABLE', message, true, { cause });
}

/** Where the deployment is wrong, a later try may succeed; where the request is, none will. */
function refusal(status: number): UserServiceError {
  const answered = `The user service answered ${status}`;
  if (status >= 500 || status === 429 || status === 408) {
    return new UserServiceError('UNAVAILABLE', answered);
  }
  if (status === 401 || status === 403) {
    return new UserServiceError('REFUSED', `${answered}: check USER_SERVICE_API_KEY`);
  }
  if (status >= 400) return new UserServiceError('REFUSED', answered, false);
  return new UserServiceError(
    'BAD_ANSWER',
    `${answered}, which is no answer, and redirects are not followed: check USER_SERVICE_URL and the paths below it`,
  );
}

/** Values for the placeholders of a path, by name. */
export type PathValues = Readonly<Record<string, string>>;

/** A path below the base URL; undefined where a value that it needs is one that no path can hold. */
export type PathOf = (values: PathValues) => string | undefined;

/**
 * Splits where the user service is into what a connection needs and what a request needs.
 * @param template a path with placeholders, such as `/api/v1/users/{user_id}`
 */
export function userServiceAddress(url: string, template: string, healthPath: string) {
  const { origin, pathname } = new URL(url);
  const base = pathname.replace(/\/+$/, '');
  return { origin, pathOf: pathBelow(base, template), healthPath: base + healthPath };
}

function pathBelow(base: string, template: string): PathOf {
  // Texts and, between them, names.
  const [start = '', ...rest] = template.split(/\{(\w+)\}/);
  return (values) => {
    let path = base + start;
    for (let at = 0; at < rest.length; at += 2) {
      const name = rest[at] ?? '';
      const step = stepOf(name, values);
      if (step === undefined) return undefined;
      path += step + (rest[at + 1] ?? '');
    }
    return path;
  };
}

function stepOf(name: string, values: PathValues): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? `{${name}}` : encodeStep(value);
}

/** What is the same when encoded, such as the usual ids. */
const PLAIN = /^[\w-]+$/;

/**
 * Encoding is not enough: proxies decode `%2F` before they resolve `..`, and nothing encodes a dot. So a value that
 * would step elsewhere once decoded fits into no path. A half of a surrogate pair cannot be encoded at all.
 */
function encodeStep(value: string): string | undefined {
  if (PLAIN.test(value)) return value;
  const steps = value.split(/[/\\]/);
  if (steps.some((step) => step === '' || step === '.' || step === '..')) return undefined;
  return toUSVString(value) === value ? encodeURIComponent(value) : undefined;
}
