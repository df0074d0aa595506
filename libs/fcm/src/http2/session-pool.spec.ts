import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { SessionPool } from './session-pool';
import { Http2Request, type Http2End } from './http2-request';

describe('a session pool', () => {
  it('gives up a TLS connection that is never established, with all that waits for it', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pool = new SessionPool(`https://127.0.0.1:${port}`, { maxSessions: 1, timeoutMs: 50 });
    const ends = await Promise.all(
      Array.from(
        { length: 3 },
        () =>
          new Promise<Http2End>((resolve) =>
            new Http2Request(pool, [[':method', 'POST']], '{}', resolve).start(),
          ),
      ),
    );
    expect(ends.map(({ kind }) => kind)).toEqual(['broken', 'broken', 'broken']);
    expect(String(ends[0]?.kind === 'broken' && ends[0].error)).toMatch(
      /could not be opened in time/,
    );
    await pool.close();
    expect(pool.size).toBe(0);
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  it('opens no connection in the context of a message, for it would be that of all others too', async () => {
    const server = createHttp2Server((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pool = new SessionPool(`http://127.0.0.1:${port}`, { maxSessions: 1, timeoutMs: 5000 });
    const head = [':method', ':scheme', ':authority', ':path'].map(
      (name, index) => [name, ['POST', 'http', 'localhost', '/'][index] ?? ''] as const,
    );
    const context = new AsyncLocalStorage<string>();
    const seen = await context.run(
      'the first message',
      () =>
        new Promise((resolve) => {
          const done = (end: Http2End): void => resolve([end.kind, context.getStore()]);
          new Http2Request(pool, head, '{}', done).start();
        }),
    );
    expect(seen).toEqual(['answer', undefined]);
    await pool.close();
    server.close();
  });
});
