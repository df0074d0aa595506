import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { errors, Pool, type Dispatcher } from 'undici';
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

  constructor(private readonly config: UserServiceConfig) {
    this.pool = new Pool(new URL(config.url).origin, {
      connections: MAX_CONNECTIONS,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: { timeout: config.timeoutMs },
      // The deadline of the exchange is ours: these are slower and looser.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Asks for JSON. @throws {UserServiceError} when no sound answer came */
  get(path: string, headers: Record<string, string>): Promise<Answer> {
    return this.exchange({ method: 'GET', path, headers }, async ({ statusCode, body }) => {
      if (statusCode === 200) return { found: true, body: parse(await body.text()) };
      if (isGone(statusCode)) return notFound(statusCode, await body.text());
      await body.dump();
      throw refusal(statusCode);
    });
  }

  /** Has something done; what is not there (any more) counts as done. @throws {UserServiceError} when it was not done */
  command({ method, path, body: content }: Command): Promise<void> {
    const request = {
      method,
      path,
      headers: content && { 'content-type': 'application/json' },
      body: content && JSON.stringify(content),
    };
    return this.exchange(request, async ({ statusCode, body }) => {
      await body.dump();
      if (statusCode >= 300 && !isGone(statusCode)) throw refusal(statusCode);
    });
  }

  /** @throws {UserServiceError} unless the answer is 2xx */
  check(path: string): Promise<void> {
    return this.exchange({ method: 'GET', path }, async ({ statusCode, body }) => {
      await body.dump();
      if (statusCode >= 300) throw refusal(statusCode);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }

  private async exchange<T>(
    request: Request,
    read: (answer: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.config.timeoutMs);
    const { apiKey } = this.config;
    try {
      const answer = await this.pool.request({
        ...request,
        headers: {
          accept: 'application/json',
          ...(apiKey && { 'x-api-key': apiKey }),
          ...request.headers,
        },
        signal: deadline.signal,
      });
      return await read(answer);
    } catch (error) {
      if (error instanceof UserServiceError) throw error;
      throw deadline.signal.aborted ? this.timeout(error) : failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  private timeout(cause: unknown): UserServiceError {
    const { timeoutMs } = this.config;
    const message = `The user service gave no whole answer within ${timeoutMs} ms`;
    return new UserServiceError('TIMEOUT', message, true, { cause });
  }
}

interface Request extends Omit<Command, 'method' | 'body'> {
  method: 'GET' | Command['method'];
  headers?: Record<string, string>;
  body?: string;
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
