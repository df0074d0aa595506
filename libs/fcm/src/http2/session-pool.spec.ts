import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { SendResult } from '../fcm-transport';
import { Http2Send } from './http2.transport';
import { SessionPool } from './session-pool';

const TOKEN = { value: 't', authorization: 'Bearer t', renewAt: Infinity, expiresAt: Infinity };
const MESSAGE = { token: 't', content: { data: {}, priority: 'normal', tag: 't' } } as const;

/** Sends once over the pool. */
function send(pool: SessionPool, done: (result: SendResult) => void): void {
  const tokens = { usable: () => TOKEN, get: () => Promise.resolve(TOKEN), refused: jest.fn() };
  new Http2Send(
    { tokens, authority: 'localhost', path: '/', pool, timeoutMs: 5000 },
    MESSAGE,
    {},
    done,
  ).start();
}

describe('SessionPool', () => {
  it('gives up a TLS connection that is never established, and the sends that wait for it', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pool = new SessionPool(`https://127.0.0.1:${port}`, { maxSessions: 1, timeoutMs: 50 });
    const results = await Promise.all(
      Array.from({ length: 3 }, () => new Promise<SendResult>((resolve) => send(pool, resolve))),
    );
    expect(results).toMatchObject(Array(3).fill({ accepted: false, code: 'NETWORK' }));
    expect(results[0]).toMatchObject({
      message: expect.stringContaining('could not be opened in time'),
    });
    await pool.close();
    expect(pool.size).toBe(0);
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  it('opens connections outside of the context of the message that needs one', async () => {
    const server = createHttp2Server((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pool = new SessionPool(`http://127.0.0.1:${port}`, { maxSessions: 1, timeoutMs: 5000 });
    const context = new AsyncLocalStorage<string>();
    const seen = await context.run(
      'the first message',
      () => new Promise((resolve) => send(pool, () => resolve(context.getStore()))),
    );
    expect(seen).toBeUndefined();
    await pool.close();
    server.close();
  });
});
