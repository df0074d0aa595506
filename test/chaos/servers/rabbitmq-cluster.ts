import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/ports';
import { waitFor } from '../../support/wait-for';
import { OwnRabbitmq } from './own-rabbitmq';

const NODES = 3;
const WAIT_MS = 60_000;

/** Where a queue is: its leader, and the members that are up. */
export interface QuorumQueueState {
  name: string;
  leader: string;
  online: string[];
}

/** Three RabbitMQ nodes of one cluster, with data that survives a kill. Quorum queues declared here have three members. */
export class RabbitmqCluster {
  private constructor(
    /** In the order of {@link urls}. */
    readonly nodes: readonly OwnRabbitmq[],
    private readonly dirs: readonly string[],
    private readonly cookie: string,
  ) {}

  /** @param dir folder for the data, the settings and the logs of all nodes */
  static async create(dir: string): Promise<RabbitmqCluster> {
    const id = randomBytes(4).toString('hex');
    const names = Array.from({ length: NODES }, (_, n) => `push-${id}-${n + 1}@localhost`);
    const settings = [
      'cluster_formation.peer_discovery_backend = classic_config',
      ...names.map((name, n) => `cluster_formation.classic_config.nodes.${n + 1} = ${name}`),
    ];
    const dirs = names.map((_, n) => join(dir, `rabbitmq-${n + 1}`));
    const nodes: OwnRabbitmq[] = [];
    for (const [n, nodeName] of names.entries()) {
      const port = await freePort();
      const distributionPort = await freePort();
      nodes.push(new OwnRabbitmq({ port, distributionPort, nodeName, settings }, dirs[n] ?? dir));
    }
    return new RabbitmqCluster(nodes, dirs, randomBytes(16).toString('hex'));
  }

  /** One of each node, as RABBITMQ_URL takes them. */
  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Resolves when the three are one cluster. */
  async start(): Promise<void> {
    for (const dir of this.dirs) this.writeCookie(dir);
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.whole();
  }

  /** Kills a node, all its processes, as if its machine had failed. */
  async kill(index: number): Promise<void> {
    await this.nodes[index]?.kill();
  }

  /** Starts it again with its data. Resolves when it is back in the cluster, with its members of all quorum queues. */
  async restart(index: number): Promise<void> {
    await this.nodes[index]?.start();
    await this.whole(index);
  }

  /** Runs `rabbitmqctl` against one node. @returns what it prints */
  async ctl(args: readonly string[], index = 0): Promise<string> {
    return (await this.nodes[index]?.ctl(...args)) ?? '';
  }

  /** Leader and running members of every quorum queue, as one node reports them. */
  async quorumQueues(index = 0): Promise<QuorumQueueState[]> {
    const columns = ['name', 'type', 'leader', 'online'];
    const json = await this.ctl(['list_queues', '--formatter', 'json', ...columns], index);
    const rows = JSON.parse(json) as (QuorumQueueState & { type: string })[];
    return rows.filter(({ type }) => type === 'quorum');
  }

  /** Index of the node that the connection with this name is at; -1 while there is none. */
  async nodeOf(connectionName: string, index = 0): Promise<number> {
    const columns = ['client_properties', 'port'];
    const json = await this.ctl(['list_connections', '--formatter', 'json', ...columns], index);
    const rows = JSON.parse(json) as { client_properties: unknown[][]; port: number }[];
    const row = rows.find(({ client_properties: properties }) =>
      properties.some(([name, , value]) => name === 'connection_name' && value === connectionName),
    );
    return this.urls.findIndex((url) => row !== undefined && url.endsWith(`:${row.port}`));
  }

  /** Resolves when all three run, and every quorum queue has all its members, as one node reports. */
  async whole(index = 0): Promise<void> {
    await waitFor(
      'the RabbitMQ cluster to be whole',
      () => this.isWhole(index).catch(() => false),
      WAIT_MS,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  private async isWhole(index: number): Promise<boolean> {
    const status = await this.ctl(['cluster_status', '--formatter', 'json'], index);
    const { running_nodes: running } = JSON.parse(status) as { running_nodes: string[] };
    if (running.length < NODES) return false;
    return (await this.quorumQueues(index)).every(({ online }) => online.length === NODES);
  }

  /** The secret that the nodes of one cluster share. Erlang requires that nobody else can read it. */
  private writeCookie(dir: string): void {
    const file = join(dir, '.erlang.cookie');
    if (existsSync(file)) return;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(file, this.cookie);
    chmodSync(file, 0o400);
  }
}
