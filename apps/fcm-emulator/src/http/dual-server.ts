import { createServer as createHttp1Server } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { type Exchange, Http1Exchange, Http2Exchange } from './exchange';

/** Google's own limit. */
const MAX_CONCURRENT_STREAMS = 100;
/** Flow control window of a session: one hundred bodies at once fit with room to spare. */
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** The HTTP/2 connection preface starts with this; no HTTP/1.1 method does. */
const PREFACE_START = Buffer.from('PRI ');
/** A connection that does not say what it speaks is closed. */
const SILENCE_MS = 30_000;

/** What the server reports. */
export interface DualServerEvents {
  exchange(exchange: Exchange): void;
  sessionOpened(): void;
  sessionClosed(): void;
}

/** HTTP/1.1 and cleartext HTTP/2 with prior knowledge on one port, told apart by their first bytes. */
export class DualServer {
  private readonly tcp: Server;
  private readonly http1 = createHttp1Server({ keepAliveTimeout: 75_000 });
  // Streams cancelled in great number are what timeouts under a fault look like, not an attack to defend against.
  private readonly http2 = createHttp2Server({
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
    streamResetBurst: 100_000,
    streamResetRate: 100_000,
  });
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Map<ServerHttp2Session, Socket>();

  constructor(private readonly events: DualServerEvents) {
    this.http1.on('request', (request, response) =>
      events.exchange(new Http1Exchange(request, response)),
    );
    this.http2.on('sessionError', () => undefined);
    this.tcp = createTcpServer({ noDelay: true }, (socket) => this.tellApart(socket));
  }

  /**
   * @param host @default every address
   * @returns the port, which is a free one where 0 was asked for
   */
  async listen(port: number, host?: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.tcp.once('error', reject);
      this.tcp.listen(port, host, () => {
        this.tcp.off('error', reject);
        resolve();
      });
    });
    return (this.tcp.address() as AddressInfo).port;
  }

  /** Stops listening, tells sessions to end, and cuts what is still open after the grace, hanging requests for one. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.tcp.close(() => resolve()));
    for (const session of this.sessions.keys()) session.close();
    const cut = setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), graceMs);
    await closed;
    clearTimeout(cut);
    this.http1.close();
  }

  private tellApart(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    let start = Buffer.alloc(0);
    const peek = (chunk: Buffer): void => {
      start = Buffer.concat([start, chunk]);
      const length = Math.min(start.length, PREFACE_START.length);
      const maybeHttp2 = start.subarray(0, length).equals(PREFACE_START.subarray(0, length));
      if (maybeHttp2 && length < PREFACE_START.length) return;
      socket.off('data', peek);
      socket.pause();
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.unshift(start);
      if (maybeHttp2) this.openSession(socket);
      else {
        this.http1.emit('connection', socket);
        socket.resume();
      }
    };
    socket.on('data', peek);
  }

  private openSession(socket: Socket): void {
    // The server makes the session while it handles this event, so the next session is this socket's.
    this.http2.once('session', (session) => {
      this.sessions.set(session, socket);
      this.events.sessionOpened();
      session.setLocalWindowSize(SESSION_WINDOW_BYTES);
      session.on('stream', (stream, headers) =>
        this.events.exchange(new Http2Exchange(stream, headers, socket)),
      );
      session.once('close', () => {
        this.sessions.delete(session);
        this.events.sessionClosed();
      });
    });
    this.http2.emit('connection', socket);
  }
}
