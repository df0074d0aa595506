import type { OnApplicationShutdown } from '@nestjs/common';
import type { FcmConfig } from '@push/config';
import type { FirebaseProject } from '../credentials/firebase-project';
import {
  FcmTransport,
  type PushMessage,
  type SendOptions,
  type SendResult,
} from '../fcm-transport';
import { closedRefusal } from '../refusal';
import { Http2Send, type SendEnvironment } from './http2-send';
import { SessionPool, type SessionPoolOptions } from './session-pool';

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
