import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { admin, startAdminStack } from '../../support/admin';
import { REDIS_URL } from '../../support/servers';
import { QUICK, sentRequestIds, type Json, type Stack } from '../../support/stack';
import { timelineWith } from '../../support/timeline';
import { waitFor } from '../../support/wait-for';

const publish = ({ broker }: Stack, request_id: string): Promise<void> =>
  broker.publish({ request_id, push_token: `android-${request_id}`, template_code: 'Hi' });

const keyOf = (id: string): string =>
  `timeline:${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;

async function dropped({ pushUrls }: Stack): Promise<number> {
  const headers = { accept: 'text/plain' };
  const text = await fetch(`${pushUrls[0] ?? ''}/api/v1/metrics`, { headers }).then((it) =>
    it.text(),
  );
  return Number(/^push_timeline_events_dropped_total (\d+)/m.exec(text)?.[1]);
}

describe('timelines while Redis is unreachable', () => {
  let redis: OwnRedis;
  let stack: Stack;

  beforeAll(async () => {
    redis = await startOwnRedis();
    const env = { ...QUICK, REDIS_COMMAND_TIMEOUT_MS: '300' };
    stack = await startAdminStack({ redisUrl: redis.url, env });
  });
  afterAll(async () => {
    await stack.close();
    await redis.kill();
  });

  it('do not prevent a delivery, and can be read again afterwards', async () => {
    stack.emulator.setFaults({ then: { latency_ms: 400 } });
    const ids = Array.from({ length: 20 }, (_, n) => `hung-${n}`);
    for (const id of ids) await publish(stack, id);
    await waitFor('the sends to be under way', () => stack.emulator.requests().length > 0);
    await redis.pause();
    await waitFor('Redis to be taken for down', async () => {
      const health = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/health`);
      return /"redis":\{[^}]*"state":"(open|half_open)"/.test(await health.text());
    });
    const asked = await admin(stack, '/notifications/hung-0/timeline');
    expect(asked.status).toBe(503);
    await redis.resume();
    for (const id of ids) {
      expect(await stack.finalStatus(id, 30_000)).toMatchObject({ status: 'delivered' });
    }
    const sent = sentRequestIds(stack);
    expect([sent.length, new Set(sent).size]).toEqual([ids.length, ids.length]);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
    await timelineWith(stack, 'hung-0', 'ended');
  });
});

describe('a timeline that cannot be written', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack();
  });
  afterAll(() => stack.close());

  it('is counted, and prevents no delivery', async () => {
    const redis = new Redis(REDIS_URL);
    await redis.set(`${stack.namespace}${keyOf('blocked')}`, 'no list');
    await redis.quit();
    await publish(stack, 'blocked');
    expect(await stack.finalStatus('blocked')).toMatchObject({ status: 'delivered' });
    await waitFor('lost events to be counted', async () => (await dropped(stack)) > 0);
    await publish(stack, 'other');
    await timelineWith(stack, 'other', 'reported');
    const health = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/health/ready`);
    expect(health.status).toBe(200);
  });
});

describe('the shutdown of a process', () => {
  it('waits until the recorded events are written', async () => {
    const redis = await startOwnRedis();
    const stack = await startAdminStack({ redisUrl: redis.url });
    await publish(stack, 'last');
    await waitFor('the push', () => stack.emulator.messages({ request_id: 'last' })[0]);
    await stack.close();
    const events = await redis.admin.lrange(`${stack.namespace}${keyOf('last')}`, 0, -1);
    expect(events.join()).toContain('"ended"');
    await redis.kill();
  });
});

describe('a gateway that refuses a status', () => {
  it('is shown in the timeline', async () => {
    const gateway = createServer((_, response) => void response.writeHead(422).end());
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    const env = { STATUS_CALLBACK_URL: `http://127.0.0.1:${port}/status` };
    const stack = await startAdminStack({ env });
    await publish(stack, 'refused');
    const { events } = await timelineWith(stack, 'refused', 'report_refused');
    expect((events as Json[]).at(-1)).toMatchObject({ http_status: 422 });
    await stack.close();
    gateway.closeAllConnections();
    gateway.close();
  });
});
