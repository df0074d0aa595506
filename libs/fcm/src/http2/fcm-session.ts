import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
  type Settings,
} from 'node:http2';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';

/** Streams of one connection at once: Google's limit, and ours where a peer sets none. */
const MAX_STREAMS = 100;
/** A client has 2^30 stream ids per connection; it is replaced before they run out. */
const MAX_STREAMS_OPENED = 2 ** 30 - 1000;

/** What a session reports to its pool. */
export interface FcmSessionEvents {
  /** A stream has ended, or the peer allows more of them. */
  onRoom(): void;
  /** It accepts no new streams from now on; those in flight may end. */
  onDraining(session: FcmSession): void;
  /** The connection is closed. */
  onClosed(session: FcmSession): void;
}

export interface FcmSessionOptions {
  /** Most milliseconds to connect, and for streams in flight to end when it is closed. */
  timeoutMs: number;
  /** A peer that has not answered a PING for this long is considered dead. */
  pingTimeoutMs: number;
}

/** One HTTP/2 connection to FCM, on node:http2. */
export class FcmSession {
  private readonly socket: Socket;
  private readonly session: ClientHttp2Session;
  private limit = MAX_STREAMS;
  private active = 0;
  private opened = 0;
  /** Cancelled streams that the peer may still count. */
  private cancelled = 0;
  /** Those of them that were cancelled after the last PING. */
  private cancelledSincePing = 0;
  private usedAt = Date.now();
  private draining = false;
  private pingTimer?: NodeJS.Timeout;
  private closeTimer?: NodeJS.Timeout;
  private lastStreamId?: number;

  constructor(
    origin: URL,
    private readonly events: FcmSessionEvents,
    private readonly options: FcmSessionOptions,
  ) {
    this.socket = dial(origin);
    // Before node:http2 sends anything: a peer that speaks another protocol must not see our access token.
    this.socket.once('secureConnect', () => this.checkProtocol());
    this.session = connect(origin, {
      createConnection: () => this.socket,
      settings: { enablePush: false },
    });
    const connecting = this.killAfter(options.timeoutMs, 'it could not be opened in time');
    this.session.once('connect', () => clearTimeout(connecting));
    this.session.on('remoteSettings', ({ maxConcurrentStreams = MAX_STREAMS }: Settings) => {
      this.limit = Math.min(maxConcurrentStreams, MAX_STREAMS);
      this.events.onRoom();
    });
    this.session.on('goaway', (_code: number, lastStreamId: number) => {
      this.lastStreamId = lastStreamId;
      this.close();
    });
    // The streams get the error too, and report it.
    this.session.on('error', () => this.drain());
    this.session.once('close', () => {
      clearTimeout(connecting);
      clearTimeout(this.closeTimer);
      this.drain();
      this.events.onClosed(this);
    });
  }

  /** Whether it accepts another stream now. */
  get hasRoom(): boolean {
    return !this.draining && !this.session.closed && this.active + this.cancelled < this.limit;
  }

  /** Streams in flight. */
  get streams(): number {
    return this.active;
  }

  /** Milliseconds since it carried a stream; 0 while it does. */
  get idleMs(): number {
    return this.active > 0 ? 0 : Date.now() - this.usedAt;
  }

  /** Opens a stream. It frees its room when its answer is complete, or when it closes without one. */
  open(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream: false });
    this.active += 1;
    this.opened += 1;
    if (this.opened === MAX_STREAMS_OPENED) this.close();
    let isCounted = true;
    const free = (): void => {
      if (!isCounted) return;
      isCounted = false;
      this.active -= 1;
      this.usedAt = Date.now();
      this.events.onRoom();
    };
    stream.once('end', () => {
      free();
      // Answered before all was sent: the rest may wait for a window that the peer does not open any more.
      if (!stream.writableFinished) stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.once('close', free);
    return stream;
  }

  /**
   * Resets a stream that has not ended, and sends a PING. Its room is free when that is answered: servers count a stream
   * for a while after it was reset, Node's for one.
   */
  cancel(stream: ClientHttp2Stream): void {
    if (stream.pending) {
      // Not sent yet. `close` would send the request once connected, and then reset it.
      stream.destroy();
      return;
    }
    if (!stream.closed && stream.id !== undefined) {
      this.cancelled += 1;
      this.cancelledSincePing += 1;
    }
    stream.close(constants.NGHTTP2_CANCEL);
    this.check();
  }

  /**
   * Whether the peer has certainly not processed a stream: it refused it, or its GOAWAY says so
   * (https://www.rfc-editor.org/rfc/rfc9113#section-8.7).
   */
  neverProcessed(stream: ClientHttp2Stream, error: unknown): boolean {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return true;
    if (isErrorCode(error, 'ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION')) return true;
    return this.lastStreamId !== undefined && (stream.id ?? Infinity) > this.lastStreamId;
  }

  /** Sends a PING, and ends the connection if it is not answered. */
  check(): void {
    if (this.pingTimer || this.session.connecting || this.session.destroyed) return;
    const timer = this.killAfter(this.options.pingTimeoutMs, 'the peer does not answer');
    this.pingTimer = timer;
    this.cancelledSincePing = 0;
    const isSent = this.session.ping(() => this.onPong(timer));
    if (!isSent) this.onPong(timer);
  }

  /** Accepts no new streams and ends with the last one in flight. */
  close(): void {
    this.drain();
    this.session.close();
    // A peer that is gone would never end its side.
    this.closeTimer ??= this.killAfter(this.options.timeoutMs, 'it could not be closed in time');
  }

  private checkProtocol(): void {
    if (!(this.socket instanceof TLSSocket)) return;
    const chosen = this.socket.alpnProtocol || 'nothing';
    if (chosen === 'h2') return;
    const problem = `The peer does not speak HTTP/2: by ALPN it chose ${chosen}`;
    this.session.destroy(new Error(problem));
  }

  private onPong(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.pingTimer = undefined;
    this.cancelled = this.cancelledSincePing;
    if (this.cancelled > 0) this.check();
    this.events.onRoom();
  }

  private drain(): void {
    if (this.draining) return;
    this.draining = true;
    clearTimeout(this.pingTimer);
    this.events.onDraining(this);
  }

  private killAfter(ms: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.session.destroy(new Error(`The HTTP/2 connection was ended: ${reason}`));
      this.socket.destroy();
    }, ms).unref();
  }
}

function dial(origin: URL): Socket {
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  if (origin.protocol !== 'https:') return connectTcp({ host, port: Number(origin.port || 80) });
  return connectTls({
    host,
    port: Number(origin.port || 443),
    // Names only: https://www.rfc-editor.org/rfc/rfc6066#section-3
    servername: isIP(host) ? undefined : host,
    ALPNProtocols: ['h2'],
  });
}

function isErrorCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
