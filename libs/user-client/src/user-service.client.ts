import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { Deadlines } from '@push/resilience';
import { errors, Pool } from 'undici';
import { Exchange, ExpiredError, type Received } from './exchange';
import { UserServiceError } from './user-client.errors';

/** Enough for hundreds of look-ups a second at any sane latency, and bounded for the other end's sake. */
const MAX_CONNECTIONS = 128;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What came back: the JSON of a 200 answer, or that there is no such thing. */
export type Answer = { found: true; body: unknown } | { found: false };

/** Something to be done at the user service. */
export interface Command {
  method: 'DELETE' | 'POST';
  path: string;
  /** Sent as JSON. */
  body?: object;
}

/** HTTP to the user service: kept-alive connections, one deadline for a whole exchange, no redirects. */
@Injectable()
export class UserServiceClient implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly deadlines: Deadlines;
  /** Sent with every request: names and values in turn. */
  private readonly headers: readonly string[];

  constructor(private readonly config: UserServiceConfig) {
    const { apiKey, timeoutMs, url } = config;
    this.headers = ['accept', 'application/json', ...(apiKey ? ['x-api-key', apiKey] : [])];
    this.deadlines = new Deadlines(timeoutMs);
    this.pool = new Pool(new URL(url).origin, {
      connections: MAX_CONNECTIONS,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: { timeout: timeoutMs },
      // The deadline of the exchange is ours: these are slower and looser.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Asks for JSON.
   * @param headers names and values in turn
   * @throws {UserServiceError} when no sound answer came
   */
  async get(path: string, headers: readonly string[]): Promise<Answer> {
    const { status, body } = await this.exchange({ method: 'GET', path, headers }, isReadOfGet);
    if (status === 200) return { found: true, body: parse(body) };
    if (isGone(status)) return notFound(status, body);
    throw refusal(status);
  }

  /** Has something done; what is not there (any more) counts as done. @throws {UserServiceError} when it was not done */
  async command({ method, path, body: content }: Command): Promise<void> {
    const { status } = await this.exchange({
      method,
      path,
      headers: content && ['content-type', 'application/json'],
      body: content && JSON.stringify(content),
    });
    if (status >= 300 && !isGone(status)) throw refusal(status);
  }

  /** @throws {UserServiceError} unless the answer is 2xx */
  async check(path: string): Promise<void> {
    const { status } = await this.exchange({ method: 'GET', path });
    if (status >= 300) throw refusal(status);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }

  private exchange(
    { method, path, headers = [], body }: Request,
    isRead: (status: number) => boolean = () => false,
  ): Promise<Received> {
    const request = { method, path, headers: [...this.headers, ...headers], body };
    return new Exchange(this.deadlines, isRead).over(this.pool, request).catch((error: unknown) => {
      throw error instanceof ExpiredError ? this.timeout(error) : failure(error);
    });
  }

  private timeout(cause: unknown): UserServiceError {
    const { timeoutMs } = this.config;
    const message = `The user service gave no whole answer within ${timeoutMs} ms`;
    return new UserServiceError('TIMEOUT', message, true, { cause });
  }
}

interface Request extends Omit<Command, 'method' | 'body'> {
  method: 'GET' | Command['method'];
  headers?: readonly string[];
  body?: string;
}

function isReadOfGet(status: number): boolean {
  return status === 200 || isGone(status);
}

/** There is no such thing, or no longer. */
function isGone(status: number): boolean {
  return status === 404 || status === 410;
}

/** A service says so in JSON or in nothing; a page or a line of text is a proxy's, which knows of no user. */
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

/** Where the deployment is at fault, later may be better; where the request is, it never will be. */
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
