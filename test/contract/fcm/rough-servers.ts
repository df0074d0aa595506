import { once } from 'node:events';
import {
  constants,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';

/** An HTTP/2 server that misbehaves in ways the emulator has no reason to. */
export interface RoughServer {
  /** `127.0.0.1:<port>` */
  host: string;
  /** Streams that arrived, one entry each: the number of their session. */
  arrived: number[];
  close(): Promise<void>;
}

/** @param onStream answers one stream; `session` and `nth` count from 1 */
export async function startRoughServer(
  onStream: (stream: ServerHttp2Stream, session: number, nth: number) => void,
): Promise<RoughServer> {
  const arrived: number[] = [];
  const sessions = new Map<ServerHttp2Session, number>();
  const server = createServer();
  server.on('session', (session) => sessions.set(session, sessions.size + 1));
  server.on('sessionError', () => undefined);
  server.on('stream', (stream) => {
    const session = sessions.get(stream.session as ServerHttp2Session) ?? 0;
    arrived.push(session);
    stream.on('error', () => undefined);
    onStream(stream, session, arrived.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    async close() {
      for (const session of sessions.keys()) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers as FCM does. */
export function accept(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/json' });
  stream.end(JSON.stringify({ name: 'projects/demo-project/messages/1' }));
}

/** Says that it did nothing with this stream. */
export function refuse(stream: ServerHttp2Stream): void {
  stream.close(constants.NGHTTP2_REFUSED_STREAM);
}

/** A TCP hop in front of a server, which can go silent: connections stay open, and nothing passes any more. */
export interface Hop {
  /** `127.0.0.1:<port>` */
  host: string;
  freeze(): void;
  close(): Promise<void>;
}

/** @param port where the server behind it listens; none for a hop that swallows everything from the start */
export async function startHop(port?: number): Promise<Hop> {
  const sockets: Socket[] = [];
  const server = createTcpServer((near) => {
    sockets.push(near.on('error', () => undefined).resume());
    if (port === undefined) return;
    const far = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(far);
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze: () => sockets.forEach((socket) => socket.unpipe().resume()),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
