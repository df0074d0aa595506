import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisClient } from '@push/redis';
import { RedisSentinelSet } from '../../chaos/servers/redis-sentinel';
import { claimStoreContract, claimed, untilClaimed } from '../idempotency/claim-store.contract';
import { freePort } from '../../support/ports';
import { RedisWorkers, type RedisWorker } from '../idempotency/redis-workers';
import { until } from '../../support/wait-for';

/** For what the sentinels do. They rest for thirty seconds when their machine was too busy to run them. */
const PATIENCE_MS = 75_000;
jest.setTimeout(3 * PATIENCE_MS);

const dir = mkdtempSync(join(tmpdir(), 'sentinel-'));
let redis: RedisSentinelSet;
let workers: RedisWorkers | undefined;

beforeAll(async () => {
  redis = await RedisSentinelSet.create(dir);
  await redis.start();
});
afterEach(async () => {
  await workers?.close();
  workers = undefined;
});
afterAll(async () => {
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
});

const work = (urls: string[], more: Record<string, string> = {}): Promise<RedisWorker> => {
  workers = new RedisWorkers({ url: urls.join(), commandTimeoutMs: 500, breakerOpenMs: 100, more });
  return workers.worker();
};

claimStoreContract('RedisClaimStore behind sentinels', async (times) => {
  return new RedisWorkers({ url: redis.urls().join(), ...times });
});

describe('npm run services', () => {
  const status = (urls: string[]): Promise<string> =>
    new Promise((resolve) => {
      const script = join(__dirname, '../../../scripts/services.mjs');
      const env = { ...process.env, REDIS_URL: urls.join() };
      execFile(process.execPath, [script, 'status'], { env }, (_error, stdout) => resolve(stdout));
    });

  it('tells whether the sentinels of REDIS_URL lead to a primary', async () => {
    expect(await status(redis.urls())).toMatch(/Redis +up .*redis-sentinel:/);
    const other = redis.urls().map((url) => url.replace('/main', '/other'));
    expect(await status(other)).toMatch(/Redis +unknown master /);
  });
});

describe('RedisClaimStore behind sentinels', () => {
  it('needs but one sentinel that answers, whichever it is', async () => {
    const gone = `redis-sentinel://127.0.0.1:${await freePort()}/main`;
    const { store } = await work([gone, gone, ...redis.urls().slice(-1)]);
    await claimed(store, 'r');
  });

  it('says so when no sentinel is there, and when none knows the master', async () => {
    const gone = await work([`redis-sentinel://127.0.0.1:${await freePort()}/main`]);
    await expect(gone.store.claim('r')).rejects.toThrow(/sentinel 127.*REDIS_URL/);
    await workers?.close();
    const unknown = await work(redis.urls().map((url) => url.replace('/main', '/other')));
    await expect(unknown.store.claim('r')).rejects.toThrow(
      /No such master with that name.*REDIS_URL/,
    );
  });

  it('has credentials for the servers and others for the sentinels', async () => {
    const users = [...redis.servers, ...redis.sentinels].map(async ({ admin }, n) => {
      const name = n < redis.servers.length ? 'worker' : 'watcher';
      await admin.call('ACL', 'SETUSER', name, 'on', `>of-${name}`, '~*', '&*', '+@all');
    });
    await Promise.all(users);
    const { store, redis: connection } = await work(redis.urls('worker:of-worker'), {
      REDIS_SENTINEL_USERNAME: 'watcher',
      REDIS_SENTINEL_PASSWORD: 'of-watcher',
    });
    await claimed(store, 'r');
    expect(await connection.client.acl('WHOAMI')).toBe('worker');
    await workers?.close();

    const wrongHere = await work(redis.urls('worker:wrong'));
    await expect(wrongHere.store.claim('r')).rejects.toThrow(/WRONGPASS/);
    await workers?.close();
    const wrongThere = await work(redis.urls(), {
      REDIS_SENTINEL_USERNAME: 'watcher',
      REDIS_SENTINEL_PASSWORD: 'wrong',
    });
    await expect(wrongThere.store.claim('r')).rejects.toThrow(/WRONGPASS/);
  });

  it('refuses to claim while the primary is gone, and goes on at the replica with all that was claimed', async () => {
    const { store, redis: connection } = await work(redis.urls());
    const primary = await redis.primary();
    const claim = await claimed(store, 'held');
    await (await claimed(store, 'done')).finish('before');
    expect(await connection.client.call('WAIT', 1, 1000)).toBe(1);
    await redis.kill(primary);
    await until(() => !connection.connected);
    await expect(store.claim('meanwhile')).rejects.toThrow(/Redis/);

    await until(() => connection.connected && connection.dependency.available, PATIENCE_MS);
    expect(await redis.primary()).toBe(1 - primary);
    expect(await store.claim('done')).toEqual({ state: 'done', result: 'before' });
    expect(await store.claim('held')).toMatchObject({ state: 'held' });
    await claim.finish('after');
    await untilClaimed(store, 'meanwhile');

    await redis.restart(primary);
    await redis.settled();
    expect(await redis.primary()).toBe(1 - primary);
    await claimed(store, 'with the old primary back');
  });

  it('leaves a primary that is still there as soon as an operator has another one take its place', async () => {
    const { store, redis: connection } = await work(redis.urls());
    const claim = await claimed(store, 'held');
    await redis.failOver();
    const { admin } = redis.servers[await redis.primary()]!;
    const portOf = async (client: RedisClient): Promise<string | undefined> =>
      /tcp_port:\d+/.exec(await client.info('server'))?.[0];
    const here = await portOf(admin);
    // By itself, the old one would end the connection after ten seconds, and forget what it was told meanwhile.
    const arrived = () =>
      portOf(connection.client).then(
        (there) => there === here,
        () => false,
      );
    await until(arrived, 5000);
    await until(() =>
      claim.finish('after').then(
        () => true,
        () => false,
      ),
    );
    expect(await store.claim('held')).toEqual({ state: 'done', result: 'after' });
    expect(await workers!.keys(admin)).toHaveLength(1);
  });
});
