import type { OnApplicationShutdown } from '@nestjs/common';
import type { FcmConfig } from '@push/config';
import { AccessTokenError } from '../credentials/access-token.errors';
import type { AccessToken } from '../credentials/access-tokens';
import type { FirebaseProject } from '../credentials/firebase-project';
import { FcmTransport, type SendOptions, type SendResult } from '../fcm-transport';
import { toRestMessage } from '../message/rest-message';
import type { PushMessage } from '../push-message';
import {
  closedRefusal,
  credentialRefusal,
  networkRefusal,
  overloadRefusal,
  payloadRefusal,
  refusesAccessToken,
  resultOf,
  timeoutRefusal,
} from '../refusal/refusal';
import { Http2Request, type Http2End } from './http2-request';
import { SessionPool, type SessionPoolOptions } from './session-pool';

/**
 * Sends over a pool of persistent HTTP/2 sessions of our own. No retry in it: what FCM has seen once is never sent
 * again by itself.
 */
export class Http2Transport extends FcmTransport implements OnApplicationShutdown {
  private readonly pool: SessionPool;
  private readonly path: string;
  private readonly timeoutMs: number;
  private readonly inFlight = new Set<Promise<SendResult>>();
  private closed = false;

  constructor(
    private readonly project: FirebaseProject,
    { timeoutMs, maxSessions }: Pick<FcmConfig, 'timeoutMs' | 'maxSessions'>,
    pool: Partial<SessionPoolOptions> = {},
  ) {
    super();
    this.timeoutMs = timeoutMs;
    this.path = `/v1/projects/${encodeURIComponent(project.id)}/messages:send`;
    this.pool = new SessionPool(project.origin, { timeoutMs, maxSessions, ...pool });
  }

  override get sessions(): number {
    return this.pool.size;
  }

  override get streams(): number {
    return this.pool.streams;
  }

  override send(message: PushMessage, options: SendOptions = {}): Promise<SendResult> {
    if (this.closed) return Promise.resolve(closedRefusal());
    const sending = this.sendWithin(message, options);
    this.inFlight.add(sending);
    void sending.then(() => this.inFlight.delete(sending));
    return sending;
  }

  /** Lets the sends under way end, then closes the sessions. */
  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await Promise.all(this.inFlight);
    await this.pool.close();
  }

  private sendWithin(message: PushMessage, options: SendOptions): Promise<SendResult> {
    return new Promise((resolve) => {
      let request: Http2Request | undefined;
      let over = false;
      const end = (result: SendResult): void => {
        over = true;
        clearTimeout(timer);
        resolve(result);
      };
      const timer = setTimeout(() => {
        request?.cancel();
        end(timeoutRefusal(this.timeoutMs));
      }, this.timeoutMs);
      const begin = (token: AccessToken): void => {
        if (over) return;
        request = this.request(message, options, token, end);
        request.start();
      };
      const fail = (error: unknown): void => end(refusalBeforeSend(error, message.token));
      this.project.tokens.get().then(begin).catch(fail);
    });
  }

  private request(
    message: PushMessage,
    { validateOnly = false }: SendOptions,
    token: AccessToken,
    done: (result: SendResult) => void,
  ): Http2Request {
    const body = { validate_only: validateOnly || undefined, message: toRestMessage(message) };
    const headers = {
      ':method': 'POST',
      ':path': this.path,
      authorization: token.authorization,
      'content-type': 'application/json',
    };
    return new Http2Request(this.pool, headers, JSON.stringify(body), (end) => {
      const result = resultOfEnd(end, message.token);
      if (refusesAccessToken(result)) this.project.tokens.refused(token);
      done(result);
    });
  }
}

function resultOfEnd(end: Http2End, token: string): SendResult {
  switch (end.kind) {
    case 'answer':
      return resultOf(end.answer, token);
    case 'broken':
      return networkRefusal(end.error, token);
    case 'overload':
      return overloadRefusal();
  }
}

function refusalBeforeSend(error: unknown, token: string): SendResult {
  return error instanceof AccessTokenError
    ? credentialRefusal(error)
    : payloadRefusal(error, token);
}
