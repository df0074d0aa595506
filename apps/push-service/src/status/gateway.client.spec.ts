import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BreakerConfig, loadConfig } from '@push/config';
import { Dependencies } from '@push/resilience';
import { GatewayClient } from './gateway.client';
import { StatusConfig } from './status.config';

describe('GatewayClient', () => {
  let answer: number;
  let respond: (response: ServerResponse) => void;
  let gateway: Server;
  let dependencies: Dependencies;
  let client: GatewayClient;

  beforeEach(async () => {
    respond = (response) => void response.writeHead(answer).end();
    gateway = createServer((_, response) => respond(response));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    const env = { STATUS_CALLBACK_URL: `http://127.0.0.1:${port}/status/` };
    const configs = loadConfig([BreakerConfig, StatusConfig], env);
    dependencies = new Dependencies(configs.get(BreakerConfig) as BreakerConfig);
    client = new GatewayClient(configs.get(StatusConfig) as StatusConfig, dependencies);
  });
  afterEach(async () => {
    dependencies.onApplicationShutdown();
    await client.onApplicationShutdown();
    gateway.close();
  });

  const post = (status: number): Promise<void> => {
    answer = status;
    return client.post(Buffer.from('{}'), 'c');
  };

  it.each([200, 202, 204])('takes %i for done', async (status) => {
    await expect(post(status)).resolves.toBeUndefined();
  });

  it.each([301, 401, 403, 404, 405, 408, 410, 425, 429, 500, 503])(
    'takes %i for "not now", which speaks against the gateway',
    async (status) => {
      await expect(post(status)).rejects.toMatchObject({ code: 'STATUS_NOT_TAKEN' });
      expect(dependencies.get('gateway')?.failures).toBe(1);
    },
  );

  it.each([400, 409, 413, 422])('takes %i for "never", which does not', async (status) => {
    await expect(post(status)).rejects.toMatchObject({ code: 'STATUS_REFUSED' });
    expect(dependencies.get('gateway')?.failures).toBe(0);
  });

  it('heeds the status of an answer whose body is longer than anybody reads', async () => {
    respond = (response) => void response.writeHead(answer).end('x'.repeat(1_000_000));
    await expect(post(200)).resolves.toBeUndefined();
    await expect(post(400)).rejects.toMatchObject({ code: 'STATUS_REFUSED' });
  });

  it('heeds the status of an answer that breaks off after its head', async () => {
    respond = (response) => {
      response.writeHead(answer, { 'content-length': 100 });
      response.write('x', () => response.destroy());
    };
    await expect(post(200)).resolves.toBeUndefined();
    await expect(post(400)).rejects.toMatchObject({ code: 'STATUS_REFUSED' });
  });

  it('takes no answer at all for "not now"', async () => {
    respond = (response) => void response.destroy();
    await expect(post(200)).rejects.toMatchObject({ code: 'STATUS_NOT_TAKEN' });
    expect(dependencies.get('gateway')?.failures).toBe(1);
  });

  it('keeps the connections of answers that it has read', async () => {
    let connections = 0;
    gateway.on('connection', () => (connections += 1));
    respond = (response) => void response.writeHead(answer).end('{"success":true}');
    for (let n = 0; n < 20; n += 1) await post(200);
    expect(connections).toBeLessThan(5);
  });
});
