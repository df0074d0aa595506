import { constants } from 'node:http2';
import type { Http2Transport, SendResult } from '@push/fcm';
import { startEmulator } from '../../support/emulator';
import { waitFor } from '../../support/wait-for';
import { accept, refuse, startHop, startRoughServer } from './rough-servers';
import { openHttp2, push } from './transports';

const TOKEN = 'http2-device';
const ACCEPTED = { accepted: true };
const BROKEN = { accepted: false, failure: 'transient', code: 'NETWORK' };

const unhandled: unknown[] = [];
const note = (error: unknown): number => unhandled.push(error);
beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** What a test opened; closed in the reverse order. */
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

function closing<T extends { close(): Promise<void> }>(one: T): T {
  opened.push(one);
  return one;
}

function open(...args: Parameters<typeof openHttp2>): Http2Transport {
  return closing(openHttp2(...args)).transport;
}

function sendMany(transport: Http2Transport, count: number): Promise<SendResult[]> {
  return Promise.all(Array.from({ length: count }, () => transport.send(push(TOKEN))));
}

describe('the sessions of the http2 transport', () => {
  it('are as many as what is under way needs, and are used again', async () => {
    const emulator = closing(await startEmulator());
    const transport = open(emulator.host);
    emulator.setFaults({ then: { latency_ms: 5 } });
    const inFlight = async (): Promise<void> => {
      for (let sent = 0; sent < 5; sent += 1) {
        expect(await transport.send(push(TOKEN))).toMatchObject(ACCEPTED);
      }
    };
    await Promise.all(Array.from({ length: 300 }, inFlight));
    expect(emulator.requests()).toHaveLength(1500);
    expect(transport.sessions).toBe(3);
    expect(emulator.stats().sessions_total).toBe(3);
  });

  it('are never more than allowed: sends beyond that wait their turn', async () => {
    const emulator = closing(await startEmulator());
    const transport = open(emulator.host, { maxSessions: 2 });
    emulator.setFaults({ then: { latency_ms: 20 } });
    const results = await sendMany(transport, 450);
    expect(results.filter(({ accepted }) => accepted)).toHaveLength(450);
    expect(emulator.stats().sessions_total).toBe(2);
  });

  it('keep no more sends waiting than the queue takes, and none past its deadline', async () => {
    const emulator = closing(await startEmulator());
    const transport = open(emulator.host, { maxSessions: 1, maxWaiting: 5, timeoutMs: 300 });
    emulator.setFaults({ then: { hang: true } });
    const results = await sendMany(transport, 107);
    const codes = results.map((result) => (result.accepted ? 'OK' : result.code));
    expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(2);
    expect(codes.filter((code) => code === 'TIMEOUT')).toHaveLength(105);
    emulator.setFaults();
    expect(await transport.send(push(TOKEN))).toMatchObject(ACCEPTED);
    expect(transport.sessions).toBe(1);
  });

  it('that FCM retires with GOAWAY finish what they carry, and others take over', async () => {
    const emulator = closing(await startEmulator());
    const transport = open(emulator.host);
    emulator.setFaults(
      { times: 1, match: { token: 'last' }, then: { goaway: true } },
      { then: { latency_ms: 50 } },
    );
    const underWay = sendMany(transport, 50);
    expect(await transport.send(push('last'))).toMatchObject(ACCEPTED);
    const next = await transport.send(push(TOKEN));
    expect([next, ...(await underWay)].every(({ accepted }) => accepted)).toBe(true);
    expect(emulator.requests()).toHaveLength(52);
    expect(emulator.stats().sessions_total).toBe(2);
    await waitFor('the end of the retired session', () => transport.sessions === 1);
  });

  it('that fall idle are closed, all but one', async () => {
    const emulator = closing(await startEmulator());
    const transport = open(emulator.host, { idleMs: 40, keepAliveMs: 20 });
    emulator.setFaults({ then: { latency_ms: 20 } });
    await sendMany(transport, 250);
    await waitFor('one session', () => transport.sessions === 1);
    await waitFor('one session at the other end', () => emulator.stats().sessions === 1);
    expect(await transport.send(push(TOKEN))).toMatchObject(ACCEPTED);
    expect(emulator.stats().sessions_total).toBe(3);
  });

  it('are lost with all they carry when the connection breaks, and are replaced', async () => {
    const emulator = closing(await startEmulator());
    const transport = open(emulator.host);
    emulator.setFaults(
      { times: 1, match: { token: 'cut' }, then: { accept_then_reset: true } },
      { times: 20, match: { token: TOKEN }, then: { hang: true } },
    );
    const underWay = sendMany(transport, 20);
    expect(await transport.send(push('cut'))).toMatchObject(BROKEN);
    for (const result of await underWay) expect(result).toMatchObject(BROKEN);
    expect(await transport.send(push(TOKEN))).toMatchObject(ACCEPTED);
    expect(emulator.requests()).toHaveLength(22);
  });
});

describe('a stream that the peer surely has not acted on', () => {
  it.each([
    ['refused', 1, ACCEPTED],
    ['refused again', Infinity, BROKEN],
  ])('and %s is sent once more, and not more often', async (_, refusals, outcome) => {
    const server = closing(
      await startRoughServer((stream, _session, nth) =>
        nth <= refusals ? refuse(stream) : accept(stream),
      ),
    );
    expect(await open(server.host).send(push(TOKEN))).toMatchObject(outcome);
    expect(server.arrived).toHaveLength(2);
  });

  it.each([
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM],
  ])('for GOAWAY (%s) left it out goes over another session; others do not', async (_, code) => {
    const server = closing(
      await startRoughServer((stream, sessionNumber, nth) => {
        if (sessionNumber > 1) accept(stream);
        if (nth !== 3) return;
        // Streams 1, 3 and 5 are open: it says that it came as far as 3, and leaves.
        const { session } = stream;
        session?.goaway(code, 3);
        setTimeout(() => session?.destroy(), 50);
      }),
    );
    const results = await sendMany(open(server.host), 3);
    expect(results.map(({ accepted }) => accepted)).toEqual([false, false, true]);
    for (const result of results.slice(0, 2)) expect(result).toMatchObject(BROKEN);
    expect(server.arrived).toEqual([1, 1, 1, 2]);
  });
});

describe('a peer that is not well', () => {
  it('and does not answer, not even a PING, loses its session', async () => {
    const hop = closing(await startHop());
    const transport = open(hop.host, { timeoutMs: 200, pingTimeoutMs: 50 });
    expect(await transport.send(push(TOKEN))).toMatchObject({ code: 'TIMEOUT' });
    expect(transport.sessions).toBe(1);
    await waitFor('the end of the session', () => transport.sessions === 0);
  });

  it('and goes silent between sends is found out by a PING', async () => {
    const emulator = closing(await startEmulator());
    const hop = closing(await startHop(emulator.port));
    const transport = open(hop.host, { keepAliveMs: 20, pingTimeoutMs: 50 });
    expect(await transport.send(push(TOKEN))).toMatchObject(ACCEPTED);
    hop.freeze();
    await waitFor('the end of the session', () => transport.sessions === 0);
  });

  it('and answers without end is cut off', async () => {
    const server = closing(
      await startRoughServer((stream) => {
        stream.respond({ ':status': 200 });
        const pour = (): void => {
          if (!stream.destroyed) stream.write('x'.repeat(16_384), pour);
        };
        pour();
      }),
    );
    const result = await open(server.host).send(push(TOKEN));
    expect(result).toMatchObject({ ...BROKEN, message: expect.stringContaining('larger than') });
  });

  it.each([
    ['an empty body', ''],
    ['half a body', '{"name":"projects/'],
    ['no name', '{}'],
  ])('and answers 200 with %s has not said that it took the message', async (_, body) => {
    const server = closing(
      await startRoughServer((stream) => {
        stream.respond({ ':status': 200 });
        stream.end(body);
      }),
    );
    const result = await open(server.host).send(push(TOKEN));
    expect(result).toMatchObject({ failure: 'transient', code: 'UNPARSABLE' });
  });
});
