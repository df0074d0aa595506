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

  it.each([200, 202, 204])('resolves on %i', async (status) => {
    await expect(post(status)).resolves.toBeUndefined();
  });

  it.each([301, 401, 403, 404, 405, 408, 410, 425, 429, 500, 503])(
    'asks for a retry on %i, and counts a failure of the gateway',
    async (status) => {
      await expect(post(status)).rejects.toMatchObject({ code: 'STATUS_NOT_TAKEN' });
      expect(dependencies.get('gateway')?.failures).toBe(1);
    },
  );

  it.each([400, 409, 413, 422])(
    'refuses the status for good on %i, and counts no failure',
    async (status) => {
      await expect(post(status)).rejects.toMatchObject({ code: 'STATUS_REFUSED' });
      expect(dependencies.get('gateway')?.failures).toBe(0);
    },
  );

  it('uses the HTTP status of a response whose body is longer than the limit', async () => {
    respond = (response) => void response.writeHead(answer).end('x'.repeat(1_000_000));
    await expect(post(200)).resolves.toBeUndefined();
    await expect(post(400)).rejects.toMatchObject({ code: 'STATUS_REFUSED' });
  });

  it('uses the HTTP status of a response that breaks off after its headers', async () => {
    respond = (response) => {
      response.writeHead(answer, { 'content-length': 100 });
      response.write('x', () => response.destroy());
    };
    await expect(post(200)).resolves.toBeUndefined();
    await expect(post(400)).rejects.toMatchObject({ code: 'STATUS_REFUSED' });
  });

  it('asks for a retry when there is no response, and counts a failure', async () => {
    respond = (response) => void response.destroy();
    await expect(post(200)).rejects.toMatchObject({ code: 'STATUS_NOT_TAKEN' });
    expect(dependencies.get('gateway')?.failures).toBe(1);
  });

  it('reuses its connections', async () => {
    let connections = 0;
    gateway.on('connection', () => (connections += 1));
    respond = (response) => void response.writeHead(answer).end('{"success":true}');
    for (let n = 0; n < 20; n += 1) await post(200);
    expect(connections).toBeLessThan(5);
  });
});
