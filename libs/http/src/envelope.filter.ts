import { STATUS_CODES } from 'node:http';
import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { failure, type Envelope } from '@push/contracts';

/** The part of a Fastify reply that an answer needs. */
interface Reply {
  readonly sent: boolean;
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): Reply;
}

/** What an exception may carry beside its status: `new NotFoundException({ error: 'user_not_found', message })`. */
export interface ProblemDetails {
  /** A short code, such as `user_not_found`. @default the name of the status, such as `not_found` */
  error?: string;
  /** A sentence, or one per problem. */
  message?: string | readonly string[];
  /** Seconds after which the client may try again; becomes the Retry-After header. */
  retryAfterSeconds?: number;
}

/** Sentences in place of Fastify's own, which do not say what to do. */
const CLEARER: Readonly<Record<number, string>> = {
  413: 'The request body is too large',
  414: 'The address is too long',
  415: 'Send JSON, with content-type: application/json',
};

/** A dependency does not answer now: our errors say by `retryable` that the same call may succeed later. */
interface RetryableError extends Error {
  readonly code: string;
  readonly retryable: true;
}

const RETRY_AFTER_SECONDS = 2;

/** The router's own text repeats the address, with any token or key in it. */
const NO_ROUTE = /^Cannot [A-Z]+ \//;
const NO_SUCH_ROUTE = 'There is no such route: check the method and the path';

const MAX_MESSAGE_LENGTH = 1000;

/**
 * Answers every error in the common envelope: an HttpException with its own status and message, a retryable error with 503,
 * any other with 500. The latter two are logged here, once; their text is for operators and not part of the answer.
 */
@Catch()
export class EnvelopeFilter implements ExceptionFilter {
  private readonly logger = new Logger(EnvelopeFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<Reply>();
    const { status, body, retryAfterSeconds } = this.describe(exception);
    if (reply.sent) return;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    reply.status(status).send(body);
  }

  private describe(exception: unknown): Answer {
    if (exception instanceof HttpException) return describeHttp(exception);
    if (isAborted(exception)) {
      // Any client can cause this at any time: it must not alert anybody.
      this.logger.debug('A client disconnected before its request had arrived');
      return {
        status: 400,
        body: failure('request_aborted', 'The request did not arrive completely'),
      };
    }
    if (isRetryable(exception)) {
      this.logger.warn({ err: exception }, 'A dependency failed while a request was answered');
      return {
        status: 503,
        body: failure(
          code(exception.code),
          'A dependency of this service does not answer right now; try again shortly',
        ),
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      };
    }
    this.logger.error({ err: exception }, 'Unexpected error while a request was answered');
    return {
      status: 500,
      body: failure('internal_server_error', 'Something went wrong here; try again later'),
    };
  }
}

interface Answer {
  status: number;
  body: Envelope<null>;
  retryAfterSeconds?: number;
}

function describeHttp(exception: HttpException): Answer {
  const status = exception.getStatus();
  const response = exception.getResponse();
  const details: ProblemDetails = typeof response === 'string' ? { message: response } : response;
  return {
    status,
    body: failure(
      code(typeof details.error === 'string' ? details.error : STATUS_CODES[status]),
      (typeof response === 'string'
        ? (CLEARER[status] ?? response)
        : sentence(details.message, exception.message)
      ).slice(0, MAX_MESSAGE_LENGTH),
    ),
    retryAfterSeconds: details.retryAfterSeconds,
  };
}

function sentence(message: ProblemDetails['message'], fallback: string): string {
  if (message === undefined) return fallback;
  if (typeof message === 'string' && NO_ROUTE.test(message)) return NO_SUCH_ROUTE;
  return typeof message === 'string' ? message : message.join('; ');
}

/** Node's error where a connection ends in the middle of a request. */
function isAborted(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ECONNRESET' &&
    error.message === 'aborted'
  );
}

function isRetryable(error: unknown): error is RetryableError {
  return (
    error instanceof Error &&
    'retryable' in error &&
    error.retryable === true &&
    'code' in error &&
    typeof error.code === 'string'
  );
}

/** `Not Found` -> `not_found` */
function code(name = 'error'): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
}
