import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, globalAgent, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Sockets open at once; each carries one request at a time. */
export const MAX_SOCKETS = 100;

/** What one call of the SDK did on the wire. */
export interface SdkExchange {
  /** The one request it may make. */
  request?: ClientRequest;
  /** The status FCM answered with, whatever the SDK was shown. */
  status?: number;
  /** What went wrong on the connection. */
  error?: Error;
  /** Nobody waits for it any more. */
  over: boolean;
}

type AddRequest = (this: Agent, request: ClientRequest, options: RequestOptions) => void;

/** Node's agents take their requests by this method; the types leave it out. */
const { addRequest } = Agent.prototype as unknown as { addRequest: AddRequest };

/**
 * The HTTPS connections of firebase-admin, which let each call of the SDK make one HTTP request and no more.
 *
 * The SDK retries a 503, a reset and a timeout up to four times inside one `send()`, with no option against it: one
 * call becomes five requests in seven seconds, or waits a minute for a Retry-After, unseen by retry and breaker. So a
 * 503 is shown to it as a 500, which it takes for final, and a second request within one call is refused.
 */
export class SingleRequestAgent extends Agent {
  private readonly exchanges = new AsyncLocalStorage<SdkExchange>();
  private readonly emulator?: { host: string; port: number };

  /** @param emulatorHost `host:port` that takes FCM's place, in cleartext; unset for Google */
  constructor(emulatorHost?: string) {
    // `NODE_USE_ENV_PROXY=1` makes Node's own agent use HTTPS_PROXY; this one does as that one does.
    const { proxyEnv } = globalAgent.options;
    super({ keepAlive: true, maxSockets: MAX_SOCKETS, proxyEnv });
    if (emulatorHost !== undefined) {
      const { hostname, port } = new URL(`http://${emulatorHost}`);
      this.emulator = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
    }
  }

  /** Sockets open now. */
  get open(): number {
    return [this.sockets, this.freeSockets]
      .flatMap((byName) => Object.values(byName))
      .reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
  }

  /** Runs a call of the SDK and writes down in `exchange` what it does. */
  during<T>(exchange: SdkExchange, call: () => Promise<T>): Promise<T> {
    return this.exchanges.run(exchange, call);
  }

  addRequest(request: ClientRequest, options: RequestOptions): void {
    const exchange = this.exchanges.getStore();
    if (exchange) {
      if (exchange.over || exchange.request) {
        refuse(request);
        return;
      }
      exchange.request = request;
      request.prependOnceListener('response', (response: IncomingMessage) => {
        exchange.status = response.statusCode;
        if (response.statusCode === 503) response.statusCode = 500;
      });
      request.once('error', (error) => (exchange.error = error));
    }
    addRequest.call(this, request, options);
  }

  override createConnection(
    ...args: Parameters<Agent['createConnection']>
  ): Duplex | null | undefined {
    return this.emulator
      ? connect({ ...this.emulator, noDelay: true })
      : super.createConnection(...args);
  }
}

/** A request without a socket tells nobody that it was destroyed. */
function refuse(request: ClientRequest): void {
  const error = new Error('one call is one request: retries belong to the caller');
  request.destroy();
  process.nextTick(() => request.emit('error', error));
}
