import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RequestHead } from './wire/hpack-encoder';
import { Http2Connection } from './wire/http2-connection';
import type { Http2Stream, StreamListener } from './wire/http2-stream';

/** Streams of one connection at once: Google's limit, and ours where a peer sets none. */
const MAX_STREAMS = 100;

/** What a session tells the pool it belongs to. */
export interface FcmSessionEvents {
  /** A stream has ended, or the peer allows more of them. */
  onRoom(): void;
  /** It takes no new streams from now on; those under way may end. */
  onDraining(session: FcmSession): void;
  /** The connection is gone. */
  onClosed(session: FcmSession): void;
}

export interface FcmSessionOptions {
  /** Most milliseconds to connect, and for what is under way to end when it is closed. */
  timeoutMs: number;
  /** A peer that has not answered a PING for this long is taken for dead. */
  pingTimeoutMs: number;
}

/** One HTTP/2 connection to FCM. */
export class FcmSession {
  private readonly connection: Http2Connection;
  private usedAt = Date.now();
  private draining = false;
  /** Cancelled streams that the peer may still count, for all we know. */
  private cancelled = 0;
  /** Those of them that were cancelled after the last PING. */
  private cancelledSincePing = 0;
  private pingTimer?: NodeJS.Timeout;
  private closeTimer?: NodeJS.Timeout;

  constructor(
    origin: URL,
    private readonly events: FcmSessionEvents,
    private readonly options: FcmSessionOptions,
  ) {
    const connecting = this.killAfter(options.timeoutMs, 'it could not be opened in time');
    this.connection = new Http2Connection(dial(origin), {
      onConnected: () => clearTimeout(connecting),
      onRoom: () => {
        if (this.streams === 0) this.usedAt = Date.now();
        this.events.onRoom();
      },
      onPong: () => this.onPong(),
      onEnding: () => this.close(),
      onClosed: () => {
        clearTimeout(connecting);
        clearTimeout(this.closeTimer);
        this.events.onClosed(this);
      },
    });
  }

  /** Whether it takes another stream now. */
  get hasRoom(): boolean {
    const streams = this.streams + this.cancelled;
    return !this.draining && streams < Math.min(this.connection.maxStreams, MAX_STREAMS);
  }

  /** Streams under way. */
  get streams(): number {
    return this.connection.streams;
  }

  /** Milliseconds since it carried a stream; 0 while it does. */
  get idleMs(): number {
    return this.streams > 0 ? 0 : Date.now() - this.usedAt;
  }

  /** Opens a stream. It frees its room when its answer is complete, or when it ends without one. */
  open(head: RequestHead, body: string, listener: StreamListener): Http2Stream {
    return this.connection.request(head, body, listener);
  }

  /**
   * Gives up a stream that has not ended, and asks the peer for a sign of life. Its room is free when that has come:
   * servers go on counting a stream for a while after it was reset, Node's for one.
   */
  cancel(stream: Http2Stream): void {
    if (this.connection.knows(stream)) {
      this.cancelled += 1;
      this.cancelledSincePing += 1;
    }
    this.connection.cancel(stream);
    this.check();
  }

  /** Asks the peer for a sign of life, and ends the connection if none comes. */
  check(): void {
    if (this.pingTimer || !this.connection.connected) return;
    this.pingTimer = this.killAfter(this.options.pingTimeoutMs, 'the peer does not answer');
    this.connection.ping();
    this.cancelledSincePing = 0;
  }

  /** Takes no new streams and ends with the last one under way. */
  close(): void {
    if (!this.draining) {
      this.draining = true;
      this.alive();
      this.events.onDraining(this);
    }
    // A peer that is gone would never end its side.
    this.closeTimer ??= this.killAfter(this.options.timeoutMs, 'it could not be closed in time');
    this.connection.close();
  }

  private onPong(): void {
    this.alive();
    this.cancelled = this.cancelledSincePing;
    if (this.cancelled > 0) this.check();
    this.events.onRoom();
  }

  private alive(): void {
    clearTimeout(this.pingTimer);
    this.pingTimer = undefined;
  }

  private killAfter(ms: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.connection.destroy(new Error(`The HTTP/2 connection was ended: ${reason}`));
    }, ms).unref();
  }
}

function dial(origin: URL): Socket {
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  return origin.protocol === 'https:'
    ? connectTls({
        host,
        port: Number(origin.port || 443),
        // Names only: https://www.rfc-editor.org/rfc/rfc6066#section-3
        servername: isIP(host) ? undefined : host,
        ALPNProtocols: ['h2'],
      })
    : connectTcp({ host, port: Number(origin.port || 80) });
}
