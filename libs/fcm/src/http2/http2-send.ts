import type { Deadlines, Expiring } from '@push/resilience';
import { AccessTokenError } from '../credentials/access-token.errors';
import type { AccessToken, AccessTokens } from '../credentials/access-tokens';
import type { SendOptions, SendResult } from '../fcm-transport';
import { toRestMessage } from '../message/rest-message';
import type { PushMessage } from '../push-message';
import {
  credentialRefusal,
  networkRefusal,
  overloadRefusal,
  payloadRefusal,
  refusesAccessToken,
  resultOf,
  timeoutRefusal,
} from '../refusal/refusal';
import { Http2Request, type Http2End } from './http2-request';
import type { RequestHeads } from './request-heads';
import type { SessionPool } from './session-pool';

/** What all sends share. */
export interface Http2Way {
  tokens: Pick<AccessTokens, 'get' | 'usable' | 'refused'>;
  heads: RequestHeads;
  pool: SessionPool;
  underWay: Deadlines;
  timeoutMs: number;
}

/** One send: an access token, one request, and its end within the deadline. */
export class Http2Send implements Expiring {
  private request?: Http2Request;
  private over = false;

  constructor(
    private readonly way: Http2Way,
    private readonly message: PushMessage,
    private readonly options: SendOptions,
    private readonly done: (result: SendResult) => void,
  ) {}

  start(): void {
    const { underWay, tokens } = this.way;
    underWay.begin(this);
    const token = tokens.usable();
    if (token) this.begin(token);
    else
      tokens.get().then(
        (fetched) => this.begin(fetched),
        (error: unknown) => this.fail(error),
      );
  }

  /** The deadline has passed. */
  expire(): void {
    this.request?.cancel();
    this.end(timeoutRefusal(this.way.timeoutMs));
  }

  private begin(token: AccessToken): void {
    if (this.over) return;
    try {
      const { pool, heads } = this.way;
      const done = (end: Http2End): void => this.finish(end, token);
      this.request = new Http2Request(pool, heads.of(token), this.body(), done);
      this.request.start();
    } catch (error) {
      this.fail(error);
    }
  }

  private body(): string {
    const validateOnly = this.options.validateOnly === true;
    const message = toRestMessage(this.message);
    return JSON.stringify(validateOnly ? { validate_only: true, message } : { message });
  }

  private finish(end: Http2End, token: AccessToken): void {
    const result = this.resultOf(end);
    if (refusesAccessToken(result)) this.way.tokens.refused(token);
    this.end(result);
  }

  private end(result: SendResult): void {
    if (this.over) return;
    this.over = true;
    this.way.underWay.end(this);
    this.done(result);
  }

  /** Nothing was sent. */
  private fail(error: unknown): void {
    this.end(
      error instanceof AccessTokenError
        ? credentialRefusal(error)
        : payloadRefusal(error, this.message.token),
    );
  }

  private resultOf(end: Http2End): SendResult {
    switch (end.kind) {
      case 'answer':
        return resultOf(end.answer, this.message.token);
      case 'broken':
        return networkRefusal(end.error, this.message.token);
      case 'overload':
        return overloadRefusal();
    }
  }
}
