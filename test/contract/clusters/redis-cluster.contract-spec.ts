import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisCluster } from '../../chaos/servers/redis-cluster';
import { QUICK, sentRequestIds, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const SECONDS = 1000;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

let dir: string;
let cluster: RedisCluster;
let stack: Stack;

/** The whole system with this cluster for its Redis. */
const start = async (replicas: 0 | 1): Promise<void> => {
  dir = mkdtempSync(join(tmpdir(), 'redis-cluster-'));
  cluster = await RedisCluster.create(dir, { replicas });
  await cluster.start();
  stack = await startStack({ redisUrl: cluster.urls.join(), env: QUICK });
};

const stop = async (): Promise<void> => {
  await stack.close();
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
};

const publish = async (ids: readonly string[]): Promise<void> => {
  for (const request_id of ids) {
    await stack.broker.publish({ request_id, push_token: 'android-c', template_code: 'Hi' });
  }
};

const figures = async (): Promise<Json> => {
  const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/metrics`);
  return (await answer.json()) as Json;
};

/** Each of them sent once, and none given up or left. */
const expectAllSent = async (ids: readonly string[]): Promise<void> => {
  const sent = (): string[] =>
    sentRequestIds(stack).flatMap((id) => (id !== undefined && ids.includes(id) ? [id] : []));
  await waitFor('all to be sent', () => new Set(sent()).size === ids.length, 30 * SECONDS);
  await waitFor('the queue to be settled', async () => {
    const { in_flight } = (await figures())['intake'] as Json;
    return in_flight === 0 && (await stack.broker.depth('push.queue')) === 0;
  });
  expect(sent().sort()).toEqual([...ids].sort());
  expect(await stack.broker.depth('failed.queue')).toBe(0);
};

const expectStatuses = async (ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    expect(await stack.finalStatus(id, 20 * SECONDS)).toMatchObject({ status: 'delivered' });
  }
};

describe('on a Redis Cluster of three nodes', () => {
  beforeAll(() => start(0), 60 * SECONDS);
  afterAll(stop);

  it('notifications are accepted once, delivered once, followed and listed', async () => {
    const userIds = ['cluster-user-1', 'cluster-user-2', 'cluster-user-3'];
    for (const id of userIds) {
      await stack.putUser(id, { devices: [{ token: `android-${id}`, platform: 'android' }] });
    }
    const requests = numbers(30).map((n) => ({
      notification_type: 'push',
      request_id: `cluster-${n}`,
      user_id: userIds[n % 3],
      template_code: 'Hi',
    }));
    const answers = await Promise.all(requests.map((request) => stack.post(request)));
    expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 202));
    const again = await Promise.all(requests.map((request) => stack.post(request)));
    const idOf = ({ body }: { body: Json }) => (body['data'] as Json)['notification_id'] as string;
    expect(again.map(idOf)).toEqual(answers.map(idOf));

    const ids = requests.map(({ request_id }) => request_id);
    await expectAllSent(ids);
    await expectStatuses(ids);
    for (const answer of answers) {
      const { status, request_id } = (await stack.status(idOf(answer))) ?? {};
      expect([status, request_id]).toEqual([
        'delivered',
        (answer.body['data'] as Json)['request_id'],
      ]);
    }
    const listed = await fetch(
      `${stack.gatewayUrl}/api/v1/notifications/?user_id=cluster-user-1&page=2&limit=6`,
    );
    const { data, meta } = (await listed.json()) as { data: Json[]; meta: Json };
    expect(data.map(({ status }) => status as unknown)).toEqual(Array(4).fill('delivered'));
    expect(meta).toMatchObject({ total: 10, total_pages: 2, has_next: false });
    for (const { admin } of cluster.nodes) expect(await admin.dbsize()).toBeGreaterThan(10);
  });

  it('a notification_id that another request has chosen is refused, whichever nodes they lie on', async () => {
    const request = (n: number) => ({
      notification_type: 'push',
      request_id: `chosen-${n}`,
      notification_id: 'the-chosen-one',
      push_token: 'android-c',
      template_code: 'Hi',
    });
    expect((await stack.post(request(0))).status).toBe(202);
    const others = await Promise.all(numbers(6).map((n) => stack.post(request(n + 1))));
    expect(others.map(({ status }) => status)).toEqual(Array(6).fill(409));
    await stack.finalStatus('the-chosen-one');
  });

  it('everything waits while a node without a replica is gone, and is delivered once when it is back', async () => {
    const ids = numbers(60).map((n) => `gone-${n}`);
    await publish(ids.slice(0, 20));
    await cluster.kill(1);
    await publish(ids.slice(20));
    await waitFor(
      'intake to pause for want of slots',
      async () =>
        !(await cluster.serves()) && ((await figures())['intake'] as Json)['paused'] === true,
      20 * SECONDS,
    );
    const { status } = await stack.post({
      request_id: 'refused',
      template_code: 'Hi',
      push_token: 'android-c',
    });
    expect(status).toBe(503);

    await cluster.restart(1);
    await expectAllSent(ids);
    await expectStatuses(ids);
  });
});

describe('on a Redis Cluster with replicas', () => {
  beforeAll(() => start(1), 60 * SECONDS);
  afterAll(stop);

  it('everything goes on, without loss, after a replica has taken the place of a primary that is gone', async () => {
    const ids = numbers(60).map((n) => `failover-${n}`);
    await publish(ids.slice(0, 20));
    await cluster.kill(1);
    await publish(ids.slice(20));
    await expectAllSent(ids);
    // What was reported just before the kill may not have reached the replica: the price of a failover.
    await expectStatuses(ids.slice(20));
    const [, gone, , , heir] = cluster.nodes;
    expect(await heir?.admin.info('replication')).toContain('role:master');
    await cluster.restart(1);
    expect(await gone?.admin.info('replication')).toContain('role:slave');
  });
});
