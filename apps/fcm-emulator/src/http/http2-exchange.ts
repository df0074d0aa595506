import type { OutgoingHttpHeaders } from 'node:http';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import type { Exchange } from './exchange';

/** A request over HTTP/2: on the stream itself, the compatibility layer would cost a third more. */
export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  private retiring = false;

  constructor(
    readonly body: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
    private readonly socket: Socket,
  ) {
    this.method = headers[':method'] ?? 'GET';
    this.path = headers[':path'] ?? '/';
    // A client may cancel at any time; that is no event of ours.
    body.on('error', () => undefined);
  }

  reply(status: number, headers: OutgoingHttpHeaders, body: string): void {
    if (!this.answerable) return;
    this.body.respond({ ...headers, ':status': status });
    this.body.end(body);
    // Graceful: GOAWAY (NO_ERROR) now, and the session ends with its last stream.
    if (this.retiring) this.body.session?.close();
  }

  replyWith(status: number, headers: OutgoingHttpHeaders, source: Readable): void {
    if (!this.answerable) return;
    this.body.respond({ ...headers, ':status': status });
    pipeline(source, this.body, () => undefined);
  }

  reset(): void {
    if (!this.body.destroyed) this.body.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  cut(): void {
    this.socket.resetAndDestroy();
  }

  retire(): void {
    this.retiring = true;
  }

  private get answerable(): boolean {
    return !this.body.headersSent && !this.body.destroyed && !this.body.closed;
  }
}
