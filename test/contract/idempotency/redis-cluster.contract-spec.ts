import { claimStoreContract, claimed } from './claim-store.contract';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { freePort } from '../../support/ports';
import { RedisWorkers } from './redis-workers';
import { until } from '../../support/wait-for';

claimStoreContract('RedisClaimStore on a cluster', async (times) => {
  const cluster = await startCluster();
  const url = cluster.nodes.map((node) => node.url).join();
  const workers = new RedisWorkers({ url, ...times });
  return {
    worker: () => workers.worker(),
    close: async () => {
      await workers.close();
      await cluster.kill();
    },
  };
});

/** Two nodes with half of the slots each. */
async function startCluster(): Promise<{ nodes: OwnRedis[]; kill: () => Promise<void> }> {
  const nodes: OwnRedis[] = [];
  const kill = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.kill()));
  };
  try {
    const first = await startNode(nodes);
    const second = await startNode(nodes);
    await first.admin.cluster('ADDSLOTSRANGE', 0, 8191);
    await second.admin.cluster('ADDSLOTSRANGE', 8192, 16_383);
    await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', second.port, second.busPort);
    for (const { admin } of nodes) {
      await until(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'));
    }
    return { nodes, kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function startNode(nodes: OwnRedis[]): Promise<OwnRedis & { busPort: number }> {
  // The bus is 10,000 ports above by default, which may be past the last port there is.
  const busPort = await freePort();
  const options = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
  const node = await startOwnRedis(undefined, options);
  nodes.push(node);
  return Object.assign(node, { busPort });
}

it('RedisClaimStore on a cluster resends the scripts that a node has lost', async () => {
  const cluster = await startCluster();
  const workers = new RedisWorkers({ url: cluster.nodes.map((node) => node.url).join() });
  try {
    const { store } = await workers.worker();
    const ids = Array.from({ length: 20 }, (_, n) => `r${n}`);
    for (const id of ids) await claimed(store, id);
    const { admin } = cluster.nodes[0]!;
    await admin.cluster('DELSLOTSRANGE', 0, 8191);
    await admin.script('FLUSH');
    const claims = Promise.all(ids.map((id) => claimed(store, `${id}-again`)));
    await until(async () => (await admin.info('errorstats')).includes('errorstat_CLUSTERDOWN'));
    await admin.cluster('ADDSLOTSRANGE', 0, 8191);
    await claims;
  } finally {
    await workers.close();
    await cluster.kill();
  }
});
