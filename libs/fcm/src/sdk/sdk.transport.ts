import type { OnApplicationShutdown } from '@nestjs/common';
import type { FcmConfig } from '@push/config';
import { getMessaging, type Messaging } from 'firebase-admin/messaging';
import { type AccessToken, AccessTokenError } from '../credentials/access-tokens';
import type { FirebaseProject } from '../credentials/firebase-project';
import {
  FcmTransport,
  type PushMessage,
  type SendOptions,
  type SendRefused,
  type SendResult,
} from '../fcm-transport';
import { toSdkMessage } from '../message';
import {
  closedRefusal,
  credentialRefusal,
  networkRefusal,
  overloadRefusal,
  payloadRefusal,
  refusalOf,
  refusesAccessToken,
  timeoutRefusal,
} from '../refusal';
import type { SdkExchange } from './single-request.agent';

/** Sends under way at once, those that wait for a socket included: of 500 notifications to 50 devices each. */
const MAX_IN_FLIGHT = 25_000;

/**
 * Sends by firebase-admin's own `send()`, over HTTP/1.1: twice the CPU of {@link Http2Transport} and a socket
 * for each send under way (105 us against 51 us a send at 100 in flight, in cleartext), but it passes through an HTTP
 * proxy (`NODE_USE_ENV_PROXY=1` and `HTTPS_PROXY`).
 *
 * One call is one HTTP request here too: see {@link SingleRequestAgent} for how the SDK is kept from retrying.
 */
export class SdkTransport extends FcmTransport implements OnApplicationShutdown {
  private readonly messaging: Messaging;
  private readonly timeoutMs: number;
  private readonly inFlight = new Set<Promise<SendResult>>();
  private closed = false;

  constructor(
    private readonly project: FirebaseProject,
    { timeoutMs }: Pick<FcmConfig, 'timeoutMs'>,
  ) {
    super();
    this.messaging = getMessaging(project.app);
    this.timeoutMs = timeoutMs;
  }

  override get sessions(): number {
    return this.project.agent.open;
  }

  override get streams(): number {
    return this.inFlight.size;
  }

  override async send(message: PushMessage, options: SendOptions = {}): Promise<SendResult> {
    if (this.closed) return closedRefusal();
    if (this.inFlight.size >= MAX_IN_FLIGHT) return overloadRefusal();
    const sending = this.sendWithin(message, options);
    this.inFlight.add(sending);
    try {
      return await sending;
    } finally {
      this.inFlight.delete(sending);
    }
  }

  /** Lets the sends under way end, then closes the connections. */
  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await Promise.all(this.inFlight);
    this.project.agent.destroy();
  }

  private async sendWithin(message: PushMessage, options: SendOptions): Promise<SendResult> {
    const exchange: SdkExchange = { over: false };
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<SendRefused>((resolve) => {
      timer = setTimeout(() => {
        exchange.over = true;
        exchange.request?.destroy();
        resolve(timeoutRefusal(this.timeoutMs));
      }, this.timeoutMs);
    });
    const result = await Promise.race([this.call(exchange, message, options), deadline]);
    clearTimeout(timer);
    return result;
  }

  private async call(
    exchange: SdkExchange,
    message: PushMessage,
    { validateOnly = false }: SendOptions,
  ): Promise<SendResult> {
    const { tokens, agent } = this.project;
    let token: AccessToken | undefined;
    try {
      token = await tokens.get();
      const messageId: unknown = await agent.during(exchange, async () =>
        this.messaging.send(toSdkMessage(message), validateOnly),
      );
      if (typeof messageId === 'string') return { accepted: true, messageId };
      return refusalOf({ status: exchange.status ?? 200, body: undefined }, message.token);
    } catch (error) {
      const refusal = refusalOfError(error, exchange, message.token);
      if (token && refusesAccessToken(refusal)) tokens.refused(token);
      return refusal;
    }
  }
}

/** What firebase-admin's errors carry: https://firebase.google.com/docs/reference/admin/node/firebase-admin.app.firebaseerror */
interface FirebaseErrorLike {
  cause?: unknown;
  code?: string;
  httpResponse?: { status: number; headers: Record<string, string | undefined>; data: unknown };
}

function refusalOfError(error: unknown, exchange: SdkExchange, token: string): SendRefused {
  const { cause, code, httpResponse } = error as FirebaseErrorLike;
  const noToken = error instanceof AccessTokenError ? error : cause;
  if (noToken instanceof AccessTokenError) return credentialRefusal(noToken);
  if (httpResponse) {
    const retryAfter = httpResponse.headers['retry-after'];
    const status = exchange.status ?? httpResponse.status;
    return refusalOf({ status, retryAfter, body: httpResponse.data }, token);
  }
  // With nothing on the wire it was the SDK's own check of the message.
  if (!exchange.request && code?.startsWith('messaging/')) return payloadRefusal(error, token);
  return networkRefusal(exchange.error ?? error, token);
}
