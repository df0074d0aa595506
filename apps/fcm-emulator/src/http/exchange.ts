import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import {
  constants,
  type IncomingHttpHeaders as IncomingHttp2Headers,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';

/** One request and the ways to end it, the same over HTTP/1.1 and HTTP/2. Ending it twice, or after the client left, does nothing. */
export interface Exchange {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, still to be read. */
  readonly body: Readable;
  reply(status: number, headers: OutgoingHttpHeaders, body: string): void;
  /** Answers with what a stream brings. */
  replyWith(status: number, headers: OutgoingHttpHeaders, source: Readable): void;
  /** Cuts this exchange alone, without an answer: RST_STREAM, or the connection over HTTP/1.1. */
  reset(): void;
  /** Cuts the whole connection, with everything else on it. */
  cut(): void;
  /** Lets the connection end after what is under way on it: GOAWAY, or `Connection: close`. Call it before `reply`. */
  retire(): void;
}

/** Reads a body of at most `maxBytes`; undefined if it is longer. Never called back if the client cuts it short. */
export function readBody(
  body: Readable,
  maxBytes: number,
  done: (body: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else if (size - chunk.length <= maxBytes) {
      chunks.length = 0;
      done(undefined);
    }
  });
  body.on('end', () => {
    if (size <= maxBytes) done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}

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

/** A request over HTTP/2: on the stream itself, the compatibility layer would cost a third more. */
export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  private retiring = false;

  constructor(
    readonly body: ServerHttp2Stream,
    readonly headers: IncomingHttp2Headers,
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
