import { createServer, connect, type Server, type Socket } from 'node:net';
import { QUICK, startStack, type Stack } from '../../support/stack';
import { REDIS_URL } from '../../support/servers';
import { waitFor } from '../../support/wait-for';

/** A way to the real Redis that can be cut and mended. */
class RedisLine {
  private readonly sockets = new Set<Socket>();
  private server?: Server;
  private port = 0;

  async open(): Promise<string> {
    const target = new URL(REDIS_URL);
    this.server = createServer((socket) => {
      const upstream = connect(Number(target.port || 6379), target.hostname);
      for (const end of [socket, upstream]) {
        this.sockets.add(end);
        end
          .on('error', () => undefined)
          .on('close', () => {
            socket.destroy();
            upstream.destroy();
            this.sockets.delete(end);
          });
      }
      socket.pipe(upstream).pipe(socket);
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    const address = this.server.address();
    this.port = typeof address === 'object' && address ? address.port : 0;
    return `redis://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server?.close(() => {
        resolve();
      });
      for (const socket of this.sockets) socket.destroy();
    });
  }
}

describe('while Redis cannot be reached', () => {
  const line = new RedisLine();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...QUICK, REDIS_URL: await line.open() } });
  });
  afterAll(async () => {
    await stack.close();
    await line.cut();
  });

  it('sends nothing, as it could be a duplicate, and delivers each request once when Redis is back', async () => {
    await stack.broker.publish({
      request_id: 'before',
      push_token: 'android-b',
      template_code: 'Hi',
    });
    await stack.finalStatus('before');

    await line.cut();
    const ids = Array.from({ length: 20 }, (_, n) => `redis-down-${n}`);
    for (const request_id of [...ids, 'before']) {
      await stack.broker.publish({ request_id, push_token: 'android-b', template_code: 'Hi' });
    }
    await waitFor('intake to pause', async () => {
      const queue = await stack.broker.look('push.queue');
      return queue?.consumers === 0 && queue.messages === ids.length + 1;
    });
    const ready = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/health/ready`);
    expect(ready.status).toBe(503);
    expect(stack.emulator.requests()).toHaveLength(1);

    await line.open();
    for (const id of ids) {
      expect(await stack.finalStatus(id, 30_000)).toMatchObject({ status: 'delivered' });
    }
    await waitFor(
      'the queue to be empty',
      async () => (await stack.broker.depth('push.queue')) === 0,
    );
    expect(stack.emulator.requests()).toHaveLength(ids.length + 1);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  });
});
