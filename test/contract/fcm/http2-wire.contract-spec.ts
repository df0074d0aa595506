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
  SETTINGS,
  setting,
  startRawServer,
  WINDOW_UPDATE,
  word,
  type Frame,
  type RawConnection,
  type RawServer,
} from './raw-server';
import { openHttp2, push } from './transports';

const ACCEPTED = { accepted: true };
const NAME = Buffer.from('{"name":"projects/p/messages/1"}');
const [HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME] = [1, 2, 3, 4, 5];

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A server, and a transport to it. */
async function open(
  onFrame: (connection: RawConnection, frame: Frame, nth: number) => void,
  settings: number[] | 'none' = [],
  options: Parameters<typeof openHttp2>[1] = {},
) {
  const server = await startRawServer(onFrame, settings);
  const { transport, close } = openHttp2(server.host, options);
  opened.push(server, { close });
  return { server, transport };
}

const ends = ({ type, flags }: Frame): boolean => type === DATA && (flags & 1) === 1;
const ofType = (server: RawServer, type: number, connection = 0): Frame[] =>
  server.connections[connection]?.received.filter((frame) => frame.type === type) ?? [];
const failed = (result: SendResult): string => (result.accepted ? 'accepted' : result.message);

describe('an answer', () => {
  it.each<[string, (to: RawConnection, id: number) => void]>([
    [
      'with padding and a priority',
      (to, id) => {
        to.send(HEADERS, 0x2c, id, [2, ...word(0), 16, ...OK, 0, 0]);
        to.send(DATA, 0x8, id, [3, ...NAME.subarray(0, 9), 0, 0, 0]);
        to.send(DATA, 0x9, id, [0, ...NAME.subarray(9)]);
      },
    ],
    [
      'whose head is cut up',
      (to, id) => {
        to.send(HEADERS, 0, id, []);
        to.send(CONTINUATION, 0, id, OK);
        to.send(CONTINUATION, 0, id, [0x40, 1, 0x61]);
        to.send(CONTINUATION, 4, id, [1, 0x62]);
        to.send(DATA, 1, id, NAME);
      },
    ],
    [
      'with interim answers before and trailers after it',
      (to, id) => {
        for (const status of ['100', '103']) {
          to.send(HEADERS, 4, id, [0x08, 3, ...Buffer.from(status)]);
        }
        to.send(HEADERS, 4, id, OK);
        to.send(DATA, 0, id, NAME);
        to.send(HEADERS, 5, id, [0, 1, 0x61, 1, 0x62]);
      },
    ],
    [
      'among frames that mean nothing',
      (to, id) => {
        to.send(200, 255, 77, [1, 2, 3]);
        to.send(2, 0, id, [...word(0), 16]);
        to.send(WINDOW_UPDATE, 0, 0, word(1000));
        to.answer(id);
        to.send(WINDOW_UPDATE, 0, id, word(1000));
        to.send(RST_STREAM, 0, id, word(0));
        to.send(DATA, 1, id, NAME);
      },
    ],
    [
      'in single bytes',
      (to, id) => {
        to.send(HEADERS, 4, id, OK);
        for (const byte of NAME) to.send(DATA, 0, id, [byte]);
        to.send(DATA, 1, id, []);
      },
    ],
  ])('%s is read, and the connection goes on', async (_, answer) => {
    const { server, transport } = await open((connection, frame) => {
      if (ends(frame)) answer(connection, frame.id);
    });
    for (const __ of [1, 2]) expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(1);
  });

  it.each<[string, number[], number[], string]>([
    ['has no status', [0x40, 1, 0x61, 1, 0x62], [], 'PROTOCOL_ERROR'],
    ['has its status after other fields', [0x40, 1, 0x61, 1, 0x62, ...OK], [], 'PROTOCOL_ERROR'],
    ['has two', [...OK, ...OK], [], 'PROTOCOL_ERROR'],
    ['switches protocols', [0x08, 3, 0x31, 0x30, 0x31], [], 'PROTOCOL_ERROR'],
    ['has names in upper case', [...OK, 0x40, 1, 0x41, 1, 0x62], [], 'PROTOCOL_ERROR'],
    ['is shorter than it says', [...OK, 0x0f, 0x0d, 1, 0x39], [1, 2], 'PROTOCOL_ERROR'],
    ['is longer than it says', [...OK, 0x0f, 0x0d, 1, 0x31], [1, 2], 'PROTOCOL_ERROR'],
  ])('that %s costs its stream only', async (_, head, body, code) => {
    let first = true;
    const { server, transport } = await open((connection, frame) => {
      if (!ends(frame)) return;
      if (!first) {
        connection.answer(frame.id);
        return;
      }
      first = false;
      connection.send(HEADERS, 4, frame.id, head);
      connection.send(DATA, 1, frame.id, body);
    });
    expect(failed(await transport.send(push('t')))).toContain(code);
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    expect(ofType(server, RST_STREAM).map(({ id }) => id)).toEqual([1]);
  });

  it('that comes before all was sent ends the sending', async () => {
    const { server, transport } = await open(
      (connection, { type, id }) => {
        if (type === HEADERS) connection.answer(id);
      },
      setting(INITIAL_WINDOW, 100),
    );
    await transport.send(push('t')); // before the settings were known
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    await waitFor('a reset', () => ofType(server, RST_STREAM).length === 1);
    expect(ofType(server, RST_STREAM)[0]).toMatchObject({ id: 3, payload: Buffer.from(word(8)) });
    expect(ofType(server, DATA).filter(({ id }) => id === 3)).toHaveLength(1);
  });
});

describe('a peer that breaks the protocol', () => {
  const [PROTOCOL_ERROR, FLOW_CONTROL, FRAME_SIZE, COMPRESSION, CALM] = [1, 3, 6, 9, 11];
  const huge = [0xff, 0xff, 0xff, 0xff];

  it.each<[string, number, (to: RawConnection) => void]>([
    ['PUSH_PROMISE', PROTOCOL_ERROR, (to) => to.send(5, 4, 1, [...word(2), ...OK])],
    ['DATA of no stream', PROTOCOL_ERROR, (to) => to.send(DATA, 0, 0, [1])],
    ['DATA of a stream that was never opened', PROTOCOL_ERROR, (to) => to.send(DATA, 0, 99, [1])],
    ['HEADERS of a stream of its own', PROTOCOL_ERROR, (to) => to.send(HEADERS, 5, 2, OK)],
    ['SETTINGS of a stream', PROTOCOL_ERROR, (to) => to.send(SETTINGS, 0, 1, [])],
    ['SETTINGS cut off', FRAME_SIZE, (to) => to.send(SETTINGS, 0, 0, [1, 2, 3])],
    ['SETTINGS acknowledged with more', FRAME_SIZE, (to) => to.send(SETTINGS, 1, 0, [1])],
    ['ENABLE_PUSH', PROTOCOL_ERROR, (to) => to.send(SETTINGS, 0, 0, setting(ENABLE_PUSH, 1))],
    ['a tiny MAX_FRAME_SIZE', PROTOCOL_ERROR, (to) => to.send(4, 0, 0, setting(MAX_FRAME, 100))],
    ['a huge window', FLOW_CONTROL, (to) => to.send(4, 0, 0, [0, INITIAL_WINDOW, ...huge])],
    ['a window that overflows', FLOW_CONTROL, (to) => to.send(8, 0, 0, [127, 255, 255, 255])],
    ['WINDOW_UPDATE of nothing', PROTOCOL_ERROR, (to) => to.send(WINDOW_UPDATE, 0, 0, word(0))],
    ['WINDOW_UPDATE cut off', FRAME_SIZE, (to) => to.send(WINDOW_UPDATE, 0, 0, [1])],
    ['PING cut off', FRAME_SIZE, (to) => to.send(PING, 0, 0, [1])],
    ['GOAWAY cut off', FRAME_SIZE, (to) => to.send(GOAWAY, 0, 0, [1])],
    ['RST_STREAM cut off', FRAME_SIZE, (to) => to.send(RST_STREAM, 0, 1, [1])],
    ['a frame too large', FRAME_SIZE, (to) => to.send(DATA, 0, 1, Buffer.alloc(16_385))],
    ['more padding than frame', PROTOCOL_ERROR, (to) => to.send(DATA, 8, 1, [9, 1])],
    ['a spoilt header block', COMPRESSION, (to) => to.send(HEADERS, 5, 1, [0xff, ...huge])],
    ['CONTINUATION of nothing', PROTOCOL_ERROR, (to) => to.send(CONTINUATION, 4, 1, OK)],
    [
      'a header block with another frame in it',
      PROTOCOL_ERROR,
      (to) => {
        to.send(HEADERS, 0, 1, OK);
        to.send(PING, 0, 0, Buffer.alloc(8));
      },
    ],
    [
      'a header block without end',
      CALM,
      (to) => {
        to.send(HEADERS, 0, 1, OK);
        for (let nth = 0; nth < 100; nth += 1) to.send(CONTINUATION, 0, 1, []);
      },
    ],
  ])('with %s is told code %i, and left', async (_, code, misbehave) => {
    const { server, transport } = await open((connection, frame, nth) => {
      if (!ends(frame)) return;
      if (nth > 1) connection.answer(frame.id);
      else misbehave(connection);
    });
    const result = await transport.send(push('t'));
    if (!result.accepted) expect(result).toMatchObject({ code: 'NETWORK' });
    await waitFor('GOAWAY', () => ofType(server, GOAWAY).length === 1);
    expect(ofType(server, GOAWAY)[0]?.payload.readUInt32BE(4)).toBe(code);
    await waitFor('the end of the connection', () => transport.sessions === 0);
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(2);
  });

  it('by speaking before its SETTINGS is left', async () => {
    const { server, transport } = await open(
      ({ send }) => send(PING, 0, 0, Buffer.alloc(8)),
      'none',
    );
    expect(failed(await transport.send(push('t')))).toContain('no SETTINGS at the start');
    expect(ofType(server, SETTINGS)).toHaveLength(1);
  });

  it('by asking with PING and never reading the answers is left', async () => {
    const { server, transport } = await open((connection, frame) => {
      if (!ends(frame)) return;
      connection.socket.pause();
      const pings = Buffer.concat(
        Array.from({ length: 4000 }, () =>
          Buffer.from('000008060000000000' + '00'.repeat(8), 'hex'),
        ),
      );
      const pour = (): void => {
        if (connection.socket.writable) connection.socket.write(pings, pour);
      };
      pour();
    });
    expect(failed(await transport.send(push('t')))).toMatch(/than it reads/);
    expect(transport.streams).toBe(0);
    expect(server.connections).toHaveLength(1);
  });
});

describe('the windows of a peer', () => {
  it('are kept to, of the stream and of the connection, as they open and change', async () => {
    const body = 'é'.repeat(1500);
    const { server, transport } = await open(
      (connection, frame) => {
        if (ends(frame) && frame.id === 1) connection.answer(1);
      },
      setting(INITIAL_WINDOW, 1000),
    );
    await transport.send(push('first'));
    const [connection] = server.connections;
    const sending = transport.send(push('t', { body }));
    const sent = (): number =>
      ofType(server, DATA).reduce(
        (sum, { id, payload }) => sum + (id === 3 ? payload.length : 0),
        0,
      );
    await waitFor('what fits', () => sent() === 1000);
    connection?.send(WINDOW_UPDATE, 0, 3, word(500));
    await waitFor('more', () => sent() === 1500);
    // 1,300 fewer: the window is at -1,300 then, and has to come back above 0 first.
    connection?.send(SETTINGS, 0, 0, setting(INITIAL_WINDOW, 200));
    connection?.send(WINDOW_UPDATE, 0, 3, word(810));
    await waitFor('ten more', () => sent() === 1510);
    connection?.send(SETTINGS, 0, 0, setting(INITIAL_WINDOW, 20_000));
    await waitFor('all', () => ofType(server, DATA).some((frame) => ends(frame) && frame.id === 3));
    connection?.answer(3);
    expect(await sending).toMatchObject(ACCEPTED);
    const whole = Buffer.concat(
      ofType(server, DATA).flatMap(({ id, payload }) => (id === 3 ? [payload] : [])),
    );
    expect(whole.toString()).toContain(body);
  });

  it('of the connection hold bodies back, in their order, until it opens', async () => {
    const { server, transport } = await open((connection, frame) => {
      if (ends(frame)) connection.answer(frame.id);
    });
    const sends = Array.from({ length: 40 }, () =>
      transport.send(push('t', { body: 'x'.repeat(3000) })),
    );
    const sent = (): number =>
      ofType(server, DATA).reduce((sum, { payload }) => sum + payload.length, 0);
    await waitFor('a full window', () => sent() === 65_535);
    expect(ofType(server, HEADERS)).toHaveLength(40);
    server.connections[0]?.send(WINDOW_UPDATE, 0, 0, word(1_000_000));
    for (const result of await Promise.all(sends)) expect(result).toMatchObject(ACCEPTED);
  });

  it('that has room for few streams gets no more of them', async () => {
    let [open_, most] = [0, 0];
    const { server, transport } = await open(
      (connection, frame) => {
        if (frame.type === HEADERS) most = Math.max(most, (open_ += 1));
        if (!ends(frame)) return;
        setTimeout(() => {
          open_ -= 1;
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

  it('count a stream that was cancelled until the peer has shown that it knows', async () => {
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
    expect(ofType(server, RST_STREAM)).toMatchObject([{ id: 1, payload: Buffer.from(word(8)) }]);
    expect(ofType(server, HEADERS)).toHaveLength(1);
    server.connections[0]?.send(PING, 1, 0, Buffer.alloc(8));
    expect(await next).toMatchObject(ACCEPTED);
    expect(server.connections).toHaveLength(1);
  });

  it('without a header table has each head in full', async () => {
    const { server, transport } = await open(
      (connection, frame) => {
        if (ends(frame)) connection.answer(frame.id);
      },
      setting(HEADER_TABLE_SIZE, 0),
    );
    for (const _ of [1, 2, 3]) await transport.send(push('t'));
    const [first, second, third] = ofType(server, HEADERS).map(({ payload }) => payload);
    expect(second?.[0]).toBe(0x20);
    expect(third).toHaveLength((second?.length ?? 0) - 1);
    expect(third?.length).toBeGreaterThan((first?.length ?? 0) / 2);
  });
});

describe('a connection', () => {
  it('begins with the preface, our settings and our window', async () => {
    const { server, transport } = await open((connection, frame) => {
      if (ends(frame)) connection.answer(frame.id);
    });
    await transport.send(push('t'));
    const received = server.connections[0]?.received.map(({ type, id }) => [type, id]);
    expect(received?.slice(0, 4)).toEqual([
      [SETTINGS, 0],
      [WINDOW_UPDATE, 0],
      [HEADERS, 1],
      [DATA, 1],
    ]);
    const settings = [...setting(ENABLE_PUSH, 0), ...setting(INITIAL_WINDOW, 131_072)];
    expect(ofType(server, SETTINGS)[0]?.payload.subarray(0, 12)).toEqual(Buffer.from(settings));
  });

  it('says good-bye when it is closed', async () => {
    const server = await startRawServer((connection, frame) => {
      if (ends(frame)) connection.answer(frame.id);
    });
    opened.push(server);
    const { transport, close } = openHttp2(server.host);
    await transport.send(push('t'));
    await close();
    await waitFor('GOAWAY', () => ofType(server, GOAWAY).length === 1);
    expect(ofType(server, GOAWAY)[0]?.payload).toEqual(Buffer.alloc(8));
  });
});

describe('our own window', () => {
  it('is opened again for all that came, whoever it was for', async () => {
    const { server, transport } = await open(
      (connection, frame) => {
        if (!ends(frame)) return;
        if (frame.id === 1) return;
        connection.answer(frame.id);
      },
      [],
      { timeoutMs: 100 },
    );
    expect(await transport.send(push('t'))).toMatchObject({ code: 'TIMEOUT' });
    const [connection] = server.connections;
    await waitFor('PING', () => ofType(server, PING).length === 1);
    connection?.send(PING, 1, 0, ofType(server, PING)[0]?.payload);
    const before = ofType(server, WINDOW_UPDATE).length;
    for (let nth = 0; nth < 33; nth += 1) connection?.send(DATA, 0, 1, Buffer.alloc(16_384));
    await waitFor('WINDOW_UPDATE', () => ofType(server, WINDOW_UPDATE).length === before + 1);
    const update = ofType(server, WINDOW_UPDATE).at(-1);
    expect(update).toMatchObject({ id: 0, payload: Buffer.from(word(33 * 16_384)) });
    expect(await transport.send(push('t'))).toMatchObject(ACCEPTED);
  });
});
