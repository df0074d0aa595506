import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QUICK, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('status reports', () => {
  const received: { body: Json; headers: IncomingMessage['headers'] }[] = [];
  let answer = 503;
  let attempts = 0;
  const gateway = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (request.method === 'POST') attempts += 1;
      if (request.method === 'POST' && answer === 200) {
        received.push({ body: JSON.parse(text) as Json, headers: request.headers });
      }
      response.writeHead(answer).end();
    });
  });
  let stack: Stack;

  beforeAll(async () => {
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    const env = { ...QUICK, STATUS_CALLBACK_URL: `http://127.0.0.1:${port}/another/teams/route` };
    stack = await startStack({ env });
  });
  afterAll(async () => {
    await stack.close();
    gateway.closeAllConnections();
    gateway.close();
  });

  it('wait in their queue while the gateway is down, and no push is sent again', async () => {
    await stack.broker.publish({
      request_id: 'waits',
      correlation_id: 'corr-waits',
      push_token: 'android-waits',
      template_code: 'Hi',
    });
    await waitFor('the push', () => stack.emulator.messages({ request_id: 'waits' })[0]);
    await waitFor('the gateway to be taken for down', async () => {
      const health = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/health`).then((it) =>
        it.text(),
      );
      return /"gateway":\{[^}]*"state":"(open|half_open)"/.test(health);
    });
    answer = 200;
    const report = await waitFor('the report', () => received[0]);
    expect(report.body).toMatchObject({
      notification_id: 'waits',
      request_id: 'waits',
      status: 'delivered',
      error: null,
      devices: [{ status: 'delivered' }],
    });
    expect(Date.parse(String(report.body['timestamp']))).not.toBeNaN();
    expect(report.headers).toMatchObject({
      'x-status-secret': 'a-secret-of-this-test',
      'x-correlation-id': 'corr-waits',
    });
    expect(JSON.stringify(report.body)).not.toContain('android-waits');
    expect(stack.emulator.requests({ request_id: 'waits' })).toHaveLength(1);
  });

  it('wait when the status route does not exist, as in a wrong deployment', async () => {
    const asked = attempts;
    answer = 404;
    await stack.broker.publish({
      request_id: 'no-route',
      push_token: 'android-no-route',
      template_code: 'Hi',
    });
    await waitFor('two reports in vain', () => attempts >= asked + 2);
    answer = 200;
    const report = await waitFor('the report', () =>
      received.find(({ body }) => body['request_id'] === 'no-route'),
    );
    expect(report.body).toMatchObject({ status: 'delivered' });
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  });

  it('are dead-lettered when the gateway refuses them for good', async () => {
    answer = 422;
    await stack.broker.publish({
      request_id: 'refused',
      push_token: 'android-r',
      template_code: 'Hi',
    });
    await waitFor('the dead letter', async () => (await stack.broker.depth('failed.queue')) > 0);
    const [letter] = await stack.broker.take('failed.queue');
    expect(JSON.parse(letter?.content.toString() ?? '{}')).toMatchObject({
      error_code: 'status_refused',
    });
  });
});
