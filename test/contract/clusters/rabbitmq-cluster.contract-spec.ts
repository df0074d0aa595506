import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RabbitmqCluster } from '../../chaos/servers/rabbitmq-cluster';
import { QUICK, sentRequestIds, startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const SECONDS = 1000;
/** What push-service calls the connection that it consumes over. */
const INTAKE = 'intake';
/** The test's own client is at the last node, which stays. */
const OURS = 2;

let dir: string;
let cluster: RabbitmqCluster;
let stack: Stack;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'rabbitmq-cluster-'));
  cluster = await RabbitmqCluster.create(dir);
  await cluster.start();
  stack = await startStack({ rabbitmqUrl: cluster.urls.join(), env: QUICK });
}, 150 * SECONDS);
afterAll(async () => {
  await stack.close();
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60 * SECONDS);

const publish = async (ids: readonly string[]): Promise<void> => {
  for (const request_id of ids) {
    await stack.broker.publish({ request_id, push_token: 'android-r', template_code: 'Hi' });
  }
};

/** Over HTTP and through the gateway, which answers 503 while it looks for another node. */
const post = async (request_id: string): Promise<void> => {
  const request = { request_id, push_token: 'android-r', template_code: 'Hi' };
  await waitFor(
    `the gateway to accept ${request_id}`,
    async () => (await stack.post({ notification_type: 'push', ...request })).status === 202,
    30 * SECONDS,
  );
};

const idsOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${name}-${n}`);

const expectDelivered = async (ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    expect(await stack.finalStatus(id, 30 * SECONDS)).toMatchObject({ status: 'delivered' });
  }
  const sent = sentRequestIds(stack).flatMap((id) => (id && ids.includes(id) ? [id] : []));
  expect(sent.sort()).toEqual([...ids].sort());
  expect(await stack.broker.depth('failed.queue')).toBe(0);
};

describe('on a RabbitMQ cluster of three nodes', () => {
  it('every queue of the service is a quorum queue on all three', async () => {
    const queues = await cluster.quorumQueues();
    expect(queues.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        ['push.queue', 'failed.queue', 'push.status.queue', 'push.delay.1s'].map(
          (name) => stack.namespace + name,
        ),
      ),
    );
    for (const { online } of queues) expect(online).toHaveLength(3);
  });

  it(
    'goes on at another node when its own is killed, loses nothing, and uses the node again when it is back',
    async () => {
      const first = await cluster.nodeOf(INTAKE, OURS);
      expect(first).not.toBe(OURS);
      const ids = idsOf('killed', 100);
      await publish(ids.slice(0, 50));
      await cluster.kill(first);
      await Promise.all([publish(ids.slice(50)), post('killed-posted')]);
      await expectDelivered([...ids, 'killed-posted']);
      const second = await cluster.nodeOf(INTAKE, OURS);
      expect(second).not.toBe(first);

      await cluster.restart(first);
      const later = idsOf('restarted', 50);
      await publish(later.slice(0, 25));
      // Two of three members are needed: with this one gone, nothing would go on without the one that has come back.
      if (second !== OURS) await cluster.kill(second);
      await Promise.all([publish(later.slice(25)), post('restarted-posted')]);
      await expectDelivered([...later, 'restarted-posted']);
    },
    150 * SECONDS,
  );
});
