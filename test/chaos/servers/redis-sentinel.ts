import { join } from 'node:path';
import { freePort } from '../../support/ports';
import { waitFor } from '../../support/wait-for';
import { OwnRedis } from '../../support/own-redis';
import { OwnSentinel } from './own-sentinel';

const MASTER_NAME = 'main';
const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 1000;
/** More than the thirty seconds that a sentinel pauses after its machine was too busy to run it (TILT mode). */
const WAIT_MS = 75_000;

/** A primary, its replica, and three sentinels that make the replica the primary when that is gone. */
export class RedisSentinelSet {
  private constructor(
    /** The first is the primary, until a failover. */
    readonly servers: readonly OwnRedis[],
    readonly sentinels: readonly OwnSentinel[],
  ) {}

  /** @param dir folder for all their data, settings and logs */
  static async create(dir: string): Promise<RedisSentinelSet> {
    const ports = await Promise.all(Array.from({ length: 2 + SENTINELS }, freePort));
    const [primary = 0, replica = 0, ...others] = ports;
    const folder = (port: number): string => join(dir, `redis-${port}`);
    const master = { name: MASTER_NAME, port: primary };
    // A returning replica gets its data at once, not after the usual five seconds of waiting for more replicas.
    const atOnce = ['--repl-diskless-sync-delay', '0'];
    return new RedisSentinelSet(
      [
        new OwnRedis(primary, folder(primary), atOnce),
        new OwnRedis(replica, folder(replica), [...atOnce, '--replicaof', `127.0.0.1 ${primary}`]),
      ],
      others.map(
        (port) =>
          new OwnSentinel(
            { port, master, quorum: QUORUM, downAfterMs: DOWN_AFTER_MS },
            folder(port),
          ),
      ),
    );
  }

  /** One for each sentinel, as REDIS_URL takes them. @param userinfo `user:password` at the servers */
  urls(userinfo = ''): string[] {
    const at = userinfo && `${userinfo}@`;
    return this.sentinels.map(
      ({ port }) => `redis-sentinel://${at}127.0.0.1:${port}/${MASTER_NAME}`,
    );
  }

  /** Resolves when the replica has all data and every sentinel knows of all others. */
  async start(): Promise<void> {
    for (const server of this.servers) await server.start();
    await waitFor('the replica to be up to date', () => this.isUpToDate(1), WAIT_MS);
    await Promise.all(this.sentinels.map((sentinel) => sentinel.start()));
    await this.settled();
  }

  /** Index of the server that all sentinels and the server itself report as the primary. */
  async primary(): Promise<number> {
    const found = await waitFor(
      'the sentinels to agree on a primary',
      () => this.agreed().catch(() => undefined),
      WAIT_MS,
    );
    return found.index;
  }

  /** Resolves when there is a primary, its replica is up to date, and every sentinel knows of all others. */
  async settled(): Promise<void> {
    const primary = await this.primary();
    await waitFor('the replica to be up to date', () => this.isUpToDate(1 - primary), WAIT_MS);
    await waitFor(
      'the sentinels to know each other',
      async () => {
        const views = await Promise.all(this.sentinels.map((sentinel) => sentinel.master()));
        return views.every(
          (view) =>
            view['flags'] === 'master' &&
            view['num-slaves'] === '1' &&
            view['num-other-sentinels'] === String(SENTINELS - 1),
        );
      },
      WAIT_MS,
    );
  }

  /** Makes the replica the primary through a sentinel, as an operator would; both stay up. */
  async failOver(): Promise<void> {
    const before = await this.primary();
    await waitFor(
      'the other server to be the primary',
      async () => {
        if ((await this.primary()) !== before) return true;
        // Refused while a failover is in progress, and one may be aborted where the replica has not reported lately.
        const ask = this.sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', MASTER_NAME);
        await ask?.catch(() => undefined);
        return false;
      },
      WAIT_MS,
    );
  }

  /** Kills a server as if its machine had failed. */
  async kill(index: number): Promise<void> {
    await this.servers[index]?.kill();
  }

  /** Starts it with its data; it is still a primary until a sentinel reconfigures it. */
  async restart(index: number): Promise<void> {
    await this.servers[index]?.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((one) => one.stop()));
  }

  private async agreed(): Promise<{ index: number } | undefined> {
    const views = await Promise.all(this.sentinels.map((sentinel) => sentinel.master()));
    const [port, ...others] = new Set(views.map((view) => Number(view['port'])));
    const index = this.servers.findIndex((server) => server.port === port);
    const server = this.servers[index];
    if (others.length > 0 || server === undefined) return undefined;
    return (await replication(server)).includes('role:master') ? { index } : undefined;
  }

  private async isUpToDate(index: number): Promise<boolean> {
    const server = this.servers[index];
    return server !== undefined && (await replication(server)).includes('master_link_status:up');
  }
}

/** The replication state of a server; empty while it is down. */
async function replication({ admin }: OwnRedis): Promise<string> {
  return admin.info('replication').catch(() => '');
}
