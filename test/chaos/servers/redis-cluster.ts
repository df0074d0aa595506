import { join } from 'node:path';
import { freePort } from '../../support/ports';
import { waitFor } from '../../support/wait-for';
import { OwnRedis } from '../../support/own-redis';

const SLOTS = 16_384;
const PRIMARIES = 3;
/** Silence after which a node counts as failed, in milliseconds. */
const NODE_TIMEOUT_MS = 2000;
const WAIT_MS = 30_000;

export interface RedisClusterOptions {
  /** Of each primary. With one, a primary that is killed is replaced. @default 0 */
  replicas?: 0 | 1;
}

interface Node {
  redis: OwnRedis;
  busPort: number;
}

/** A Redis Cluster of three primaries that hold all slots, with data that survives a kill. */
export class RedisCluster {
  private constructor(private readonly members: readonly Node[]) {}

  /** @param dir folder for the data and the logs of all nodes */
  static async create(
    dir: string,
    { replicas = 0 }: RedisClusterOptions = {},
  ): Promise<RedisCluster> {
    const members: Node[] = [];
    for (let n = 0; n < PRIMARIES * (1 + replicas); n += 1) {
      const port = await freePort();
      // The bus is 10,000 ports above by default, which may be past the last port there is.
      const busPort = await freePort();
      const settings = {
        'cluster-enabled': 'yes',
        'cluster-port': busPort,
        'cluster-node-timeout': NODE_TIMEOUT_MS,
        'repl-diskless-sync-delay': 0,
      };
      const options = Object.entries(settings).flatMap(([name, value]) => [
        `--${name}`,
        `${value}`,
      ]);
      members.push({ redis: new OwnRedis(port, join(dir, `redis-${port}`), options), busPort });
    }
    return new RedisCluster(members);
  }

  /** The first three are the primaries at the start, the others their replicas in the same order. */
  get nodes(): OwnRedis[] {
    return this.members.map(({ redis }) => redis);
  }

  /** One of each node, as REDIS_URL takes them. */
  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Resolves when all slots are served and every replica is up to date. */
  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    const primaries = this.members.slice(0, PRIMARIES);
    for (const [n, { redis }] of primaries.entries()) {
      const first = Math.floor((n * SLOTS) / PRIMARIES);
      const last = Math.floor(((n + 1) * SLOTS) / PRIMARIES) - 1;
      await redis.admin.cluster('ADDSLOTSRANGE', first, last);
    }
    for (const [n, { redis, busPort }] of this.members.entries()) {
      await redis.admin.cluster('SET-CONFIG-EPOCH', n + 1);
      await this.nodes[0]?.admin.call('CLUSTER', 'MEET', '127.0.0.1', redis.port, busPort);
    }
    await this.whole();
    for (const [n, { admin }] of this.nodes.slice(PRIMARIES).entries()) {
      const primary = await this.nodes[n]?.admin.cluster('MYID');
      await admin.cluster('REPLICATE', primary ?? '');
    }
    await this.whole();
  }

  /** Kills a node as if its machine had failed. */
  async kill(index: number): Promise<void> {
    await this.nodes[index]?.kill();
  }

  /** Starts it again with its data. Resolves when the cluster is whole. */
  async restart(index: number): Promise<void> {
    await this.nodes[index]?.start();
    await this.whole();
  }

  /** Resolves when every node is up, knows all others, sees all slots served, and follows its primary where it has one. */
  async whole(): Promise<void> {
    await waitFor(
      'the Redis Cluster to be whole',
      async () => {
        const healthy = this.nodes.map((node) => this.isHealthy(node).catch(() => false));
        return (await Promise.all(healthy)).every(Boolean);
      },
      WAIT_MS,
    );
  }

  /** Whether all slots are served, as the nodes that answer report. */
  async serves(): Promise<boolean> {
    const views = await Promise.all(
      this.nodes.map(({ admin }) => admin.cluster('INFO').catch(() => undefined)),
    );
    return views.every((view) => view === undefined || view.includes('cluster_state:ok'));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  private async isHealthy({ admin }: OwnRedis): Promise<boolean> {
    const view = await admin.cluster('INFO');
    const replication = await admin.info('replication');
    return (
      view.includes('cluster_state:ok') &&
      view.includes(`cluster_known_nodes:${this.members.length}\r`) &&
      !replication.includes('master_link_status:down')
    );
  }
}
