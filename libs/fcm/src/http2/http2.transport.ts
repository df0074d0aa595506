import { type ClientHttp2Stream, constants } from 'node:http2';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { FcmConfig } from '@push/config';
import {
  type AccessToken,
  AccessTokenError,
  type AccessTokens,
} from '../credentials/access-tokens';
import type { FirebaseProject } from '../credentials/firebase-project';
import {
  FcmTransport,
  type PushMessage,
  type SendOptions,
  type SendResult,
} from '../fcm-transport';
import { toRestMessage } from '../message';
import {
  closedRefusal,
  credentialRefusal,
  networkRefusal,
  overloadRefusal,
  payloadRefusal,
  refusesAccessToken,
  resultOf,
  timeoutRefusal,
} from '../refusal';
import type { FcmSession } from './fcm-session';
import { SessionPool, type SessionPoolOptions, type SessionWaiter } from './session-pool';

/** Far more than any answer of FCM's. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What all sends share. */
export interface SendEnvironment {
  tokens: Pick<AccessTokens, 'get' | 'usable' | 'refused'>;
  /** Host and, where it is not the scheme's own, port. */
  authority: string;
  /** `/v1/projects/{project}/messages:send` */
  path: string;
  pool: SessionPool;
  timeoutMs: number;
}

/** One send: an access token, one request on whatever session has room, and its result within the deadline. */
export class Http2Send implements SessionWaiter {
  private readonly timer: NodeJS.Timeout;
  private token?: AccessToken;
  private session?: FcmSession;
  private stream?: ClientHttp2Stream;
  private resent = false;
  private ended = false;

  constructor(
    private readonly shared: SendEnvironment,
    private readonly message: PushMessage,
    private readonly options: SendOptions,
    private readonly done: (result: SendResult) => void,
  ) {
    // Connections keep the process alive, not deadlines.
    this.timer = setTimeout(() => this.expire(), shared.timeoutMs).unref();
  }

  start(): void {
    const { tokens } = this.shared;
    const token = tokens.usable();
    if (token) this.request(token);
    else
      tokens.get().then(
        (fetched) => this.request(fetched),
        (error: unknown) => this.fail(error),
      );
  }

  /** Sends the request on this session. */
  begin(session: FcmSession): void {
    try {
      this.send(session);
    } catch (error) {
      this.fail(error);
    }
  }

  private request(token: AccessToken): void {
    if (this.ended) return;
    this.token = token;
    if (!this.shared.pool.acquire(this)) this.end(overloadRefusal());
  }

  private send(session: FcmSession): void {
    const { message, options } = this;
    const body = {
      validate_only: options.validateOnly || undefined,
      message: toRestMessage(message),
    };
    const json = JSON.stringify(body);
    const stream = session.open({
      ':method': 'POST',
      ':authority': this.shared.authority,
      ':path': this.shared.path,
      authorization: this.token?.authorization,
      'content-type': 'application/json',
    });
    this.session = session;
    this.stream = stream;
    let status = 0;
    let retryAfter: string | undefined;
    let error: unknown;
    let answer = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      retryAfter = headers['retry-after'];
    });
    stream.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > MAX_ANSWER_BYTES) stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('end', () => {
      if (status === 0 || answer.length > MAX_ANSWER_BYTES) return;
      this.finish(resultOf({ status, retryAfter, body: answer }, message.token));
    });
    stream.on('error', (cause: unknown) => (error = cause));
    stream.on('close', () => {
      if (this.ended) return;
      // FCM never saw it, so sending it again is still one request to it. Once: a peer that goes on refusing is down.
      if (status === 0 && !this.resent && session.neverProcessed(stream, error)) {
        this.resent = true;
        this.stream = undefined;
        if (!this.shared.pool.acquire(this)) this.end(overloadRefusal());
      } else {
        this.end(networkRefusal(error ?? cutError(answer.length, stream.rstCode), message.token));
      }
    });
    stream.end(json);
  }

  private finish(result: SendResult): void {
    if (this.token && refusesAccessToken(result)) this.shared.tokens.refused(this.token);
    this.end(result);
  }

  private expire(): void {
    this.end(timeoutRefusal(this.shared.timeoutMs));
    this.shared.pool.leave(this);
    if (this.stream) this.session?.cancel(this.stream);
  }

  /** Nothing was sent. */
  private fail(error: unknown): void {
    this.end(
      error instanceof AccessTokenError
        ? credentialRefusal(error)
        : payloadRefusal(error, this.message.token),
    );
  }

  private end(result: SendResult): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.done(result);
  }
}

function cutError(size: number, code: number | undefined): Error {
  return size > MAX_ANSWER_BYTES
    ? new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    : new Error(`the stream was reset with code ${code ?? 0}`);
}

/** Sends over a pool of persistent HTTP/2 sessions. No retry in it: what FCM has seen once is never sent again here. */
export class Http2Transport extends FcmTransport implements OnApplicationShutdown {
  private readonly shared: SendEnvironment;
  private readonly inFlight = new Set<Http2Send>();
  private closed = false;
  private whenIdle?: () => void;

  constructor(
    { id, origin, tokens }: Pick<FirebaseProject, 'id' | 'origin' | 'tokens'>,
    { timeoutMs, maxSessions }: Pick<FcmConfig, 'timeoutMs' | 'maxSessions'>,
    pool: Partial<SessionPoolOptions> = {},
  ) {
    super();
    this.shared = {
      tokens,
      authority: new URL(origin).host,
      path: `/v1/projects/${encodeURIComponent(id)}/messages:send`,
      pool: new SessionPool(origin, { timeoutMs, maxSessions, ...pool }),
      timeoutMs,
    };
  }

  override get sessions(): number {
    return this.shared.pool.size;
  }

  override get streams(): number {
    return this.shared.pool.streams;
  }

  override send(message: PushMessage, options: SendOptions = {}): Promise<SendResult> {
    if (this.closed) return Promise.resolve(closedRefusal());
    return new Promise((resolve) => {
      const send = new Http2Send(this.shared, message, options, (result) => {
        this.inFlight.delete(send);
        if (this.inFlight.size === 0) this.whenIdle?.();
        resolve(result);
      });
      this.inFlight.add(send);
      send.start();
    });
  }

  /** Waits for the sends in flight, then closes the sessions. */
  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    if (this.inFlight.size > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    await this.shared.pool.close();
  }
}
