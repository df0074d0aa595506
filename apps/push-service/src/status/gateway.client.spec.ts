import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BreakerConfig, loadConfig } from '@push/config';
import { Dependencies } from '@push/resilience';
import { GatewayClient } from './gateway.client';
import { StatusConfig } from './status.config';

describe('GatewayClient', () => {
  let answer: number;
  let gateway: Server;
  let dependencies: Dependencies;
  let client: GatewayClient;

  beforeEach(async () => {
    gateway = createServer((_, response) => void response.writeHead(answer).end());
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
});
