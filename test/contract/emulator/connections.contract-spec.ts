import { once } from 'node:events';
import { createConnection } from 'node:net';
import { startEmulator, type RunningEmulator } from '../../support/emulator';
import { waitFor } from '../../support/wait-for';
import { openSession, requestOn } from './clients';

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
beforeEach(() => emulator.reset());
afterAll(() => emulator.close());

const message = { token: 'tok-1', notification: { title: 'x' } };
const headers = { authorization: 'Bearer x' };
const body = JSON.stringify({ message });
const path = '/v1/projects/demo/messages:send';

describe('one port for both protocols', () => {
  it.each([
    [
      'HTTP/2',
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1'),
      '\0\0',
    ],
    ['HTTP/1.1', Buffer.from('POST /nowhere HTTP/1.1\r\nhost: x\r\n\r\n'), 'HTTP/1.1 404 '],
  ])('tells %s by its first bytes, even when they come one by one', async (_, bytes, greeting) => {
    const socket = createConnection(emulator.port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      // The server shares this process: give it time to read each byte by itself.
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1', 0, greeting.length)).toBe(greeting);
    socket.destroy();
  });

  it('survives a client that speaks neither, and one that leaves at once', async () => {
    const gibberish = createConnection(emulator.port, '127.0.0.1').resume();
    gibberish.write('\x16\x03\x01 hello');
    await once(gibberish, 'close');
    createConnection(emulator.port, '127.0.0.1').destroy();
    expect((await fetch(`${emulator.url}/api/v1/health/live`)).status).toBe(200);
  });
});

describe('HTTP/2 sessions', () => {
  it('allow 100 streams at a time, as Google does, and carry more one after the other', async () => {
    const session = openSession(emulator.url);
    const [settings] = (await once(session, 'remoteSettings')) as [
      { maxConcurrentStreams: number },
    ];
    expect(settings.maxConcurrentStreams).toBe(100);
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => requestOn(session, 'POST', path, { headers, body })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(250);
    session.destroy();
  });

  it('are counted, those open now and those so far', async () => {
    await waitFor('no session left of the tests before', () => emulator.stats().sessions === 0);
    emulator.reset();
    const sessions = [openSession(emulator.url), openSession(emulator.url)];
    await Promise.all(
      sessions.map((session) => requestOn(session, 'POST', path, { headers, body })),
    );
    expect(emulator.stats()).toMatchObject({ sessions: 2, sessions_total: 2, accepted: 2 });
    sessions.forEach((session) => session.destroy());
    await waitFor('both sessions closed', () => emulator.stats().sessions === 0);
    expect(emulator.stats().sessions_total).toBe(2);
  });

  it('live on when streams are cancelled in great number', async () => {
    // Half of what a session allows: the next round may be on its way before the cancelling of this one.
    const PER_ROUND = 50;
    emulator.setFaults({ times: 40 * PER_ROUND, then: { hang: true } });
    const session = openSession(emulator.url);
    for (let round = 0; round < 40; round += 1) {
      const controller = new AbortController();
      const options = { headers, body, signal: controller.signal };
      const hanging = Array.from({ length: PER_ROUND }, () =>
        requestOn(session, 'POST', path, options),
      );
      const ends = Promise.allSettled(hanging);
      await waitFor(
        `all of round ${round} arrived`,
        () => emulator.stats().requests === (round + 1) * PER_ROUND,
      );
      controller.abort();
      await ends;
    }
    expect((await requestOn(session, 'POST', path, { headers, body })).status).toBe(200);
    session.destroy();
  });
});

describe('closing', () => {
  it('ends idle sessions with GOAWAY and cuts what hangs', async () => {
    const closing = await startEmulator();
    const idle = openSession(closing.url);
    const hanging = openSession(closing.url);
    closing.setFaults({ match: { token: 'tok-1' }, then: { hang: true } });
    const hung = requestOn(hanging, 'POST', path, { headers, body });
    const cut = expect(hung).rejects.toThrow();
    await waitFor(
      'both sessions in use',
      () => closing.stats().requests === 1 && closing.stats().sessions === 2,
    );
    const goaway = once(idle, 'goaway');
    await closing.server.close(50);
    await goaway;
    await cut;
    idle.destroy();
    hanging.destroy();
  });

  it('says so when the port is taken', async () => {
    await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: emulator.port,
    });
  });
});
