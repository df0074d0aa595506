import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { Exchange } from './exchange';

/** A request over HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;

  constructor(
    readonly body: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.method = body.method ?? 'GET';
    this.path = body.url ?? '/';
    this.headers = body.headers;
  }

  reply(status: number, headers: OutgoingHttpHeaders, body: string): void {
    if (!this.answerable) return;
    this.response
      .writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
      .end(body);
  }

  replyWith(status: number, headers: OutgoingHttpHeaders, source: Readable): void {
    if (!this.answerable) return;
    this.response.writeHead(status, headers);
    pipeline(source, this.response, () => undefined);
  }

  reset(): void {
    this.cut();
  }

  cut(): void {
    this.body.socket.resetAndDestroy();
  }

  retire(): void {
    this.response.shouldKeepAlive = false;
  }

  private get answerable(): boolean {
    return !this.response.headersSent && !this.response.destroyed;
  }
}
