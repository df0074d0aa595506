import type { Socket } from 'node:net';
import { waitFor } from '../../support/wait-for';
import { Abused, BOTH, expectRefusal, readAll, type AppName } from './abuse.harness';

const DRIP_MS = 500;
/** How long a request may take to arrive, and a little for noticing. */
const LONGEST_MS = 20_000;
const IDLE_CONNECTIONS = 500;

describe('clients that are slow on purpose', () => {
  let abused: Abused;

  beforeAll(async () => {
    abused = await Abused.start();
  });
  afterEach(() => abused.expectUnharmed());
  afterAll(() => abused.stop());

  /** Sends a byte now and then for as long as it is let. */
  const drip = (app: AppName, head: string, byte: string) => {
    const socket = abused.open(app);
    socket.write(head);
    const timer = setInterval(() => socket.writable && socket.write(byte), DRIP_MS);
    socket.once('close', () => clearInterval(timer));
    return readAll(socket);
  };

  it('are answered with 408, and cut off, in headers and in bodies alike', async () => {
    const startedAt = performance.now();
    const body =
      'POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
    const answers = await Promise.all([
      ...BOTH.map((app) =>
        drip(app, 'GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'),
      ),
      drip('api-gateway', body, ' '),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(LONGEST_MS);
    for (const answer of answers) expectRefusal(answer, 408);
  });

  it('do not keep others from being answered, however many just hold the line', async () => {
    const hold = async (app: AppName) => {
      const before = abused.descriptors(app);
      const sockets: Socket[] = Array.from({ length: IDLE_CONNECTIONS }, () =>
        abused.open(app).resume(),
      );
      await waitFor('all of them', () => abused.descriptors(app) >= before + IDLE_CONNECTIONS);
      const startedAt = performance.now();
      expect((await fetch(`${abused.url(app)}/api/v1/health/live`)).status).toBe(200);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      await waitFor(
        'all to be cut off',
        () => sockets.every((socket) => socket.destroyed),
        LONGEST_MS,
      );
      await waitFor('their descriptors', () => abused.descriptors(app) < before + 20);
    };
    await Promise.all(BOTH.map(hold));
  });
});
