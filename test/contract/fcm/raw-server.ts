import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
export const [PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [6, 7, 8, 9];
/** `:status: 200` */
export const OK = [0x88];
const PREFACE_BYTES = 24;

export interface Frame {
  type: number;
  flags: number;
  id: number;
  payload: Buffer;
}

/** A connection of which a test says every byte. */
export interface RawConnection {
  /** Frames that have come, in their order. */
  received: Frame[];
  socket: Socket;
  send(type: number, flags: number, id: number, payload?: readonly number[] | Buffer): void;
  answer(id: number): void;
}

export interface RawServer {
  /** `127.0.0.1:<port>` */
  host: string;
  connections: RawConnection[];
  close(): Promise<void>;
}

/** A 32-bit number. */
export function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** One entry of SETTINGS. */
export function setting(id: number, value: number): number[] {
  return [0, id, ...word(value)];
}

/**
 * A server that sends SETTINGS, and then whatever `onFrame` makes of what comes.
 * @param onFrame `nth` connection, from 1
 */
export async function startRawServer(
  onFrame: (connection: RawConnection, frame: Frame, nth: number) => void,
  settings: readonly number[] | 'none' = [],
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const server = createServer((socket) => {
    const connection = rawConnection(socket);
    const nth = connections.push(connection);
    if (settings !== 'none') connection.send(SETTINGS, 0, 0, settings);
    let unread = Buffer.alloc(0);
    let skip = PREFACE_BYTES;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      if (unread.length < skip) return;
      unread = unread.subarray(skip);
      skip = 0;
      while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
        const end = 9 + unread.readUIntBE(0, 3);
        const frame = {
          type: unread.readUInt8(3),
          flags: unread.readUInt8(4),
          id: unread.readUInt32BE(5),
          payload: unread.subarray(9, end),
        };
        unread = unread.subarray(end);
        connection.received.push(frame);
        onFrame(connection, frame, nth);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    async close() {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function rawConnection(socket: Socket): RawConnection {
  const connection: RawConnection = {
    received: [],
    socket,
    send(type, flags, id, payload = []) {
      const bytes = Buffer.alloc(9 + payload.length);
      bytes.writeUIntBE(payload.length, 0, 3);
      bytes.writeUInt8(type, 3);
      bytes.writeUInt8(flags, 4);
      bytes.writeUInt32BE(id, 5);
      bytes.set(payload, 9);
      if (socket.writable) socket.write(bytes);
    },
    answer(id) {
      connection.send(HEADERS, 4, id, OK);
      connection.send(DATA, 1, id, Buffer.from('{"name":"projects/p/messages/1"}'));
    },
  };
  return connection;
}
