import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QUICK, startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

/** A user service that fails as long as it is told to. */
class FragileUserService {
  failing = false;
  private readonly server: Server = createServer((request, response) => {
    if (this.failing) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ push_token: 'android-fragile', asked: request.url }));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('while the user service is down', () => {
  const users = new FragileUserService();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...QUICK, USER_SERVICE_URL: await users.listen() } });
  });
  afterAll(async () => {
    await stack.close();
    users.close();
  });

  it('fails no message and loses none; all are delivered once it is back', async () => {
    users.failing = true;
    const ids = Array.from({ length: 30 }, (_, n) => `users-down-${n}`);
    for (const request_id of ids) {
      await stack.broker.publish({ request_id, user_id: 'anybody', template_code: 'Hi' });
    }
    await waitFor(
      'intake to pause',
      async () => (await stack.broker.look('push.queue'))?.consumers === 0,
    );
    expect(await stack.broker.depth('failed.queue')).toBe(0);
    expect(stack.emulator.requests()).toHaveLength(0);

    users.failing = false;
    for (const id of ids) {
      expect(await stack.finalStatus(id, 30_000)).toMatchObject({ status: 'delivered' });
    }
    expect(stack.emulator.messages()).toHaveLength(ids.length);
  });
});
