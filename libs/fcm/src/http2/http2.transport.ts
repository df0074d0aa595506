import type { OnApplicationShutdown } from '@nestjs/common';
import type { FcmConfig } from '@push/config';
import { Deadlines } from '@push/resilience';
import type { FirebaseProject } from '../credentials/firebase-project';
import { FcmTransport, type SendOptions, type SendResult } from '../fcm-transport';
import type { PushMessage } from '../push-message';
import { closedRefusal } from '../refusal/refusal';
import { Http2Send, type Http2Way } from './http2-send';
import { RequestHeads } from './request-heads';
import { SessionPool, type SessionPoolOptions } from './session-pool';

/**
 * Sends over a pool of persistent HTTP/2 sessions of our own. No retry in it: what FCM has seen once is never sent
 * again by itself.
 */
export class Http2Transport extends FcmTransport implements OnApplicationShutdown {
  private readonly way: Http2Way;
  private closed = false;

  constructor(
    project: Pick<FirebaseProject, 'id' | 'origin' | 'tokens'>,
    { timeoutMs, maxSessions }: Pick<FcmConfig, 'timeoutMs' | 'maxSessions'>,
    pool: Partial<SessionPoolOptions> = {},
  ) {
    super();
    this.way = {
      tokens: project.tokens,
      heads: new RequestHeads(project),
      pool: new SessionPool(project.origin, { timeoutMs, maxSessions, ...pool }),
      underWay: new Deadlines(timeoutMs),
      timeoutMs,
    };
  }

  override get sessions(): number {
    return this.way.pool.size;
  }

  override get streams(): number {
    return this.way.pool.streams;
  }

  override send(message: PushMessage, options: SendOptions = {}): Promise<SendResult> {
    if (this.closed) return Promise.resolve(closedRefusal());
    return new Promise((resolve) => new Http2Send(this.way, message, options, resolve).start());
  }

  /** Lets the sends under way end, then closes the sessions. */
  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.way.underWay.empty();
    await this.way.pool.close();
  }
}
