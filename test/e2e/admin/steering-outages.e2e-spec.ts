import { PushQueueServer } from '@push/queue';
import { RedisConnection } from '@push/redis';
import { Dependencies } from '@push/resilience';
import { Redis } from 'ioredis';
import { startPushService } from '../../../apps/push-service/src/start';
import { TcpProxy } from '../../support/tcp-proxy';
import { holds } from '../../contract/queue/support/patience';
import { admin, startAdminStack } from '../../support/admin';
import { REDIS_URL } from '../../support/servers';
import type { Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('overrides while Redis is unreachable', () => {
  const proxy = new TcpProxy(new URL(REDIS_URL));
  let stack: Stack;
  let server: PushQueueServer;

  beforeAll(async () => {
    stack = await startAdminStack({
      env: { REDIS_URL: await proxy.start(), MAX_CONCURRENT_MESSAGES: '100' },
    });
    server = stack.push[0]!.get(PushQueueServer);
  });
  afterAll(async () => {
    await stack.close();
    await proxy.stop();
  });

  const post = (path: string) => admin(stack, path, { method: 'POST' });
  const redisIs = (there: boolean) =>
    waitFor(
      `Redis ${there ? 'back' : 'away'}`,
      () => stack.push[0]?.get(RedisConnection).connected === there,
    );

  it('are answered with 503 and change nothing where they cannot be stored', async () => {
    await proxy.stop();
    await redisIs(false);
    for (const path of ['/intake/pause', '/breakers/fcm/open']) {
      const { status, headers } = await post(path);
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const put = { method: 'PUT', body: { concurrency: 5 } };
    expect((await admin(stack, '/intake/concurrency', put)).status).toBe(503);
    const { status, body } = await admin(stack, '/intake');
    expect([status, body['data']]).toMatchObject([
      200,
      {
        operator_pause: null,
        concurrency: { current: 100 },
        instances: null,
      },
    ]);
    await proxy.start();
    await redisIs(true);
    await waitFor('intake', () => !server.paused);
    expect((await admin(stack, '/breakers')).body['data']).not.toContainEqual(
      expect.objectContaining({ held: expect.anything() }),
    );
  });

  it('stay in force while Redis is unreachable and after it has lost them', async () => {
    await post('/intake/pause');
    await proxy.stop();
    await redisIs(false);
    const redis = new Redis(REDIS_URL);
    await redis.del(`${stack.namespace}control:wishes`);
    await proxy.start();
    await redisIs(true);
    await waitFor('the override in Redis', () => redis.exists(`${stack.namespace}control:wishes`));
    await redis.quit();
    expect(server.paused).toBe(true);
    await post('/intake/resume');
    await waitFor('intake', () => !server.paused);
  });

  it('are known to an instance that starts without Redis before it consumes a message', async () => {
    await post('/intake/pause');
    await waitFor('the pause', () => server.paused);
    const own = new TcpProxy(new URL(REDIS_URL));
    const url = await own.start();
    await own.stop();
    const late = await startPushService({ ...stack.env, REDIS_URL: url });
    const lateServer = late.get(PushQueueServer);
    await waitFor('its connection', () => lateServer.connected);
    await stack.broker.publish({
      request_id: 'late',
      push_token: 'android-l',
      template_code: 'Hi',
    });
    await own.start();
    await waitFor('its Redis', () => late.get(Dependencies).get('redis')?.available);
    await holds(
      'the pause',
      async () => lateServer.paused && (await stack.broker.depth('push.queue')) === 1,
      2500,
    );
    await post('/intake/resume');
    expect(await stack.finalStatus('late')).toMatchObject({ status: 'delivered' });
    await waitFor('the late one', () => !lateServer.paused);
    await late.close();
    await own.stop();
  });
});
