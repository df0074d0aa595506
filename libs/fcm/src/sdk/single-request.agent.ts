import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, globalAgent } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Sockets open at once; each carries one request at a time. */
const MAX_SOCKETS = 100;

/** Node reports each request that is made: https://nodejs.org/api/diagnostics_channel.html#http */
const REQUEST_CREATED = 'http.client.request.created';

/** What one call of the SDK did on the wire. */
export interface SdkExchange {
  /** The one request it may make. */
  request?: ClientRequest;
  /** The status FCM answered with, whatever the SDK was shown. */
  status?: number;
  /** What failed on the connection. */
  error?: Error;
  /** Its deadline has passed. */
  over: boolean;
}

/**
 * The HTTPS connections of firebase-admin, on which each call of the SDK makes one HTTP request and no more.
 *
 * The SDK retries a 503, a reset and a timeout up to four times inside one `send()`, with no option against it: one
 * call becomes five requests in seven seconds, or waits a minute for a Retry-After, unseen by retry and breaker. So a
 * 503 is shown to it as a 500, and a connection error under another code: both are final to it.
 */
export class SingleRequestAgent extends Agent {
  private readonly exchanges = new AsyncLocalStorage<SdkExchange>();
  private readonly emulator?: { host: string; port: number };
  private readonly onRequest = (message: unknown): void => {
    const exchange = this.exchanges.getStore();
    if (exchange) follow(exchange, (message as { request: ClientRequest }).request);
  };

  /** @param emulatorHost `host:port` that takes FCM's place, in cleartext; unset for Google */
  constructor(emulatorHost?: string) {
    // `NODE_USE_ENV_PROXY=1` makes Node's own agent use HTTPS_PROXY; this one does the same.
    const { proxyEnv } = globalAgent.options;
    super({ keepAlive: true, maxSockets: MAX_SOCKETS, proxyEnv });
    if (emulatorHost !== undefined) {
      const { hostname, port } = new URL(`http://${emulatorHost}`);
      this.emulator = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
    }
    subscribe(REQUEST_CREATED, this.onRequest);
  }

  /** Sockets open now. */
  get open(): number {
    return [this.sockets, this.freeSockets]
      .flatMap((byName) => Object.values(byName))
      .reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
  }

  /** Runs a call of the SDK and records in `exchange` what it does on the wire. */
  during<T>(exchange: SdkExchange, call: () => Promise<T>): Promise<T> {
    return this.exchanges.run(exchange, call);
  }

  override createConnection(
    ...args: Parameters<Agent['createConnection']>
  ): Duplex | null | undefined {
    return this.emulator
      ? connect({ ...this.emulator, noDelay: true })
      : super.createConnection(...args);
  }

  override destroy(): void {
    unsubscribe(REQUEST_CREATED, this.onRequest);
    super.destroy();
  }
}

function follow(exchange: SdkExchange, request: ClientRequest): void {
  if (exchange.over || exchange.request) {
    request.destroy(new Error('one call is one request: retries belong to the caller'));
    return;
  }
  exchange.request = request;
  request.prependOnceListener('response', (response: IncomingMessage) => {
    exchange.status = response.statusCode;
    if (response.statusCode === 503) response.statusCode = 500;
  });
  request.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
    exchange.error = Object.assign(new Error(error.message), { code: error.code });
    error.code = 'ERR_NOT_RETRIED';
  });
}
