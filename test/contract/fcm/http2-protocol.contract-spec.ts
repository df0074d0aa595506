import type { SendResult } from '@push/fcm';
import { waitFor } from '../../support/wait-for';
import {
  CONTINUATION,
  DATA,
  GOAWAY,
  HEADERS,
  OK,
  PING,
  RST_STREAM,
  setting,
  startRawServer,
  word,
  type Frame,
  type RawConnection,
  type RawServer,
} from './raw-server';
import { openHttp2, push } from './transports';

const ACCEPTED = { accepted: true };
const NAME = Buffer.from('{"name":"projects/p/messages/1"}');
const [MAX_STREAMS, INITIAL_WINDOW] = [3, 4];
const CANCEL = Buffer.from(word(8));

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A server, and a transport to it. */
async function open(
  onFrame: (connection: RawConnection, frame: Frame, nth: number) => void,
  settings: number[] = [],
  options: Parameters<typeof openHttp2>[1] = {},
) {
  const server = await startRawServer(onFrame, settings);
  const { transport, close } = openHttp2(server.host, options);
  opened.push(server, { close });
  return { server, transport };
}

const ends = ({ type, flags }: Frame): boolean => type === DATA && (flags & 1) === 1;
const ofType = (server: RawServer, type: number): Frame[] =>
  server.connections[0]?.received.filter((frame) => frame.type === type) ?? [];
const messageOf = (result: SendResult): string => (result.accepted ? 'accepted' : result.message);

describe('an answer', () => {
  it('is read with interim answers before it and trailers after it', async () => {
    const { server, transport } = await open((to, frame) => {
      if (!ends(frame)) return;
      for (const status of ['100', '103']) {
        to.send(HEADERS, 4, frame.id, [0x08, 3, ...Buffer.from(status)]);
      }
      to.send(HEADERS, 4, frame.id, OK);
      to.send(DATA, 0, frame.id, NAME);
      to.send(HEADERS, 5, frame.id, [0, 1, 0x61, 1, 0x62]);
    });
    for (const _ of [1, 2]) expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(1);
  });

  it.each<[string, number[], number[]]>([
    ['has no status', [0x40, 1, 0x61, 1, 0x62], []],
    ['is shorter than it says', [...OK, 0x0f, 0x0d, 1, 0x39], [1, 2]],
  ])('that %s fails its own request only', async (_, head, body) => {
    const { server, transport } = await open((connection, frame) => {
      if (!ends(frame)) return;
      if (frame.id > 1) {
        connection.answer(frame.id);
        return;
      }
      connection.send(HEADERS, 4, frame.id, head);
      connection.send(DATA, 1, frame.id, body);
    });
    expect(messageOf(await transport.send(push('t')))).toContain('PROTOCOL_ERROR');
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(1);
  });

  it('that is cut off by a reset is not an answer', async () => {
    const { transport } = await open((connection, frame) => {
      if (!ends(frame)) return;
      connection.send(HEADERS, 4, frame.id, OK);
      connection.send(DATA, 0, frame.id, NAME);
      connection.send(RST_STREAM, 0, frame.id, word(2));
    });
    expect(await transport.send(push('t'))).toMatchObject({ code: 'NETWORK' });
  });

  it('that comes before the request was sent ends the request', async () => {
    const { server, transport } = await open(
      (connection, { type, id }) => {
        if (type === HEADERS) connection.answer(id);
      },
      setting(INITIAL_WINDOW, 100),
    );
    await transport.send(push('t')); // before the settings were known
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    await waitFor('a reset', () => ofType(server, RST_STREAM).length > 0);
    expect(ofType(server, RST_STREAM).at(-1)).toMatchObject({ id: 3, payload: CANCEL });
    expect(transport.streams).toBe(0);
  });
});

describe('a peer that violates the protocol', () => {
  const huge = [0xff, 0xff, 0xff, 0xff];

  it.each<[string, (to: RawConnection) => void]>([
    ['a frame that is too large', (to) => to.send(DATA, 0, 1, Buffer.alloc(16_385))],
    ['a corrupt header block', (to) => to.send(HEADERS, 5, 1, [0xff, ...huge])],
    ['CONTINUATION without HEADERS', (to) => to.send(CONTINUATION, 4, 1, OK)],
    ['bytes that are no HTTP/2', (to) => to.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('by %s loses its connection, and the next send uses another', async (_, misbehave) => {
    const { server, transport } = await open((connection, frame, nth) => {
      if (!ends(frame)) return;
      if (nth > 1) connection.answer(frame.id);
      else misbehave(connection);
    });
    expect(await transport.send(push('t'))).toMatchObject({ code: 'NETWORK' });
    await waitFor('the end of the connection', () => transport.sessions === 0);
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(2);
  });
});

describe('the limit of concurrent streams', () => {
  it('that a peer announces is kept to', async () => {
    let [inFlight, most] = [0, 0];
    const { server, transport } = await open(
      (connection, frame) => {
        if (frame.type === HEADERS) most = Math.max(most, (inFlight += 1));
        if (!ends(frame)) return;
        setTimeout(() => {
          inFlight -= 1;
          connection.answer(frame.id);
        }, 5);
      },
      setting(MAX_STREAMS, 3),
      { maxSessions: 1 },
    );
    await transport.send(push('t'));
    const sends = Array.from({ length: 30 }, () => transport.send(push('t')));
    for (const result of await Promise.all(sends)) expect(result).toMatchObject(ACCEPTED);
    expect([most, server.connections.length]).toEqual([3, 1]);
  });

  it('includes a cancelled stream until the peer has answered a PING', async () => {
    const { server, transport } = await open(
      (connection, frame) => {
        if (ends(frame) && frame.id > 1) connection.answer(frame.id);
      },
      setting(MAX_STREAMS, 1),
      { maxSessions: 1, timeoutMs: 200 },
    );
    expect(await transport.send(push('t'))).toMatchObject({ code: 'TIMEOUT' });
    const next = transport.send(push('t'));
    await waitFor('PING', () => ofType(server, PING).length === 1);
    expect(ofType(server, RST_STREAM)).toMatchObject([{ id: 1, payload: CANCEL }]);
    expect(ofType(server, HEADERS)).toHaveLength(1);
    server.connections[0]?.send(PING, 1, 0, ofType(server, PING)[0]?.payload);
    expect(await next).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(1);
  });
});

it('a connection that is closed says so with GOAWAY', async () => {
  const server = await startRawServer((connection, frame) => {
    if (ends(frame)) connection.answer(frame.id);
  });
  opened.push(server);
  const { transport, close } = openHttp2(server.host);
  await transport.send(push('t'));
  await close();
  await waitFor('GOAWAY', () => ofType(server, GOAWAY).length > 0);
  expect(ofType(server, GOAWAY)[0]?.payload).toEqual(Buffer.alloc(8));
});
