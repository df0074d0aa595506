import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ClaimStoreUnavailableError } from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';
import { claimed, untilClaimed, untilDecided } from './claim-store.contract';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { freePort } from '../../support/ports';
import { TcpProxy } from '../../support/tcp-proxy';
import { until } from '../../support/wait-for';
import { RedisWorkers, type RedisWorker, type RedisWorkersOptions } from './redis-workers';

const COMMAND_TIMEOUT_MS = 300;
const LONG_LEASE_MS = 60_000;

describe('RedisClaimStore, when Redis fails', () => {
  let redis: OwnRedis | undefined;
  let workers: RedisWorkers | undefined;
  let network: TcpProxy | undefined;

  const start = async (options: Partial<RedisWorkersOptions> = {}): Promise<RedisWorker> => {
    redis = await startOwnRedis();
    const worker = await work(redis.url, options);
    await until(() => worker.redis.connected); // on a busy machine not within the command timeout
    return worker;
  };
  const work = (url: string, options: Partial<RedisWorkersOptions> = {}): Promise<RedisWorker> => {
    const defaults = { commandTimeoutMs: COMMAND_TIMEOUT_MS, leaseMs: LONG_LEASE_MS };
    workers = new RedisWorkers({ url, ...defaults, ...options });
    return workers.worker();
  };

  afterEach(async () => {
    try {
      await redis?.resume();
      await workers?.close();
    } finally {
      await network?.stop();
      await redis?.kill();
      redis = workers = network = undefined;
    }
  });

  it('starts without Redis, refuses to claim, and works as soon as a probe succeeds', async () => {
    const port = await freePort();
    const { store, redis: connection } = await work(`redis://127.0.0.1:${port}`, {
      breakerFailures: 5,
      breakerOpenMs: 100,
    });
    for (let i = 0; i < 5; i++) {
      await expect(within(COMMAND_TIMEOUT_MS, store.claim('r'))).rejects.toThrow(
        ClaimStoreUnavailableError,
      );
    }
    await expect(store.claim('r')).rejects.toThrow(DependencyDownError);
    redis = await startOwnRedis(port);
    await until(() => connection.dependency.available);
    await claimed(store, 'r');
  });

  it('reports in its error what is wrong and what to check', async () => {
    const { store } = await work(`redis://127.0.0.1:${await freePort()}`);
    await expect(store.claim('r')).rejects.toThrow(/ECONNREFUSED.*Check REDIS_URL/);
  });

  it('fails within the command timeout while Redis hangs, and releases what it may have claimed', async () => {
    const { store, redis: connection } = await start({ breakerFailures: 3, breakerOpenMs: 100 });
    const held = await claimed(store, 'held');
    const decided = await claimed(store, 'decided');
    await decided.decide('dead-lettered');
    await decided.release();
    await redis!.pause();
    const refused = await Promise.allSettled([
      within(COMMAND_TIMEOUT_MS, store.claim('a')),
      within(COMMAND_TIMEOUT_MS, store.claim('b')),
      within(COMMAND_TIMEOUT_MS, store.claim('decided')),
      within(COMMAND_TIMEOUT_MS, held.finish('not received')),
      delay(COMMAND_TIMEOUT_MS / 2).then(() => within(COMMAND_TIMEOUT_MS, store.claim('c'))),
    ]);
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ reason: expect.any(ClaimStoreUnavailableError) });
    }
    await redis!.resume();
    await until(() => connection.dependency.available);
    const other = await workers!.worker();
    for (const id of ['a', 'b', 'c']) await untilClaimed(other.store, id);
    expect((await untilDecided(other.store, 'decided')).result).toBe('dead-lettered');
    expect(await other.store.claim('held')).not.toMatchObject({ state: 'claimed' });
  });

  it('fails a command that waits behind an unanswered one within its own timeout', async () => {
    const commandTimeoutMs = 2000;
    const { store } = await start({ commandTimeoutMs });
    await redis!.pause();
    const first = expect(store.claim('a')).rejects.toThrow(/no answer within/);
    await delay(commandTimeoutMs / 2);
    const startedAt = performance.now();
    await expect(store.claim('b')).rejects.toThrow(ClaimStoreUnavailableError);
    expect(performance.now() - startedAt).toBeLessThan(commandTimeoutMs);
    await first;
  });

  it('settles every call when Redis is killed in between', async () => {
    const { store } = await start({ breakerFailures: 1000 });
    await claimed(store, 'warm');
    const calls = Array.from({ length: 200 }, async (_, i) => {
      if (i === 100) await redis!.kill();
      return within(COMMAND_TIMEOUT_MS, store.claim(`r${i}`));
    });
    const outcomes = await Promise.allSettled(calls);
    const wrong = outcomes.filter((outcome) =>
      outcome.status === 'fulfilled'
        ? outcome.value.state !== 'claimed'
        : !(outcome.reason instanceof ClaimStoreUnavailableError),
    );
    expect(wrong).toEqual([]);
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  it('treats a Redis that refuses writes as unavailable, not as one that has never seen the request', async () => {
    const { store, redis: connection } = await start({ breakerFailures: 2, breakerOpenMs: 100 });
    const claim = await claimed(store, 'mine');
    await redis!.admin.replicaof('127.0.0.1', await freePort());
    await until(() => connection.connected);
    await expect(store.claim('new')).rejects.toThrow(/READONLY/);
    await until(() => connection.connected);
    await expect(claim.finish('refused')).rejects.toThrow(ClaimStoreUnavailableError);
    await until(() => connection.dependency.state === 'half_open'); // the probe is refused as well,
    await until(() => connection.dependency.state === 'open'); // so that the breaker stays open

    await redis!.admin.replicaof('NO', 'ONE');
    await until(() => connection.dependency.available);
    await claim.finish('accepted');
    expect(await store.claim('mine')).toEqual({ state: 'done', result: 'accepted' });
    await claimed(store, 'new');
  });

  it('lets the holder go on when Redis has come back without its data', async () => {
    const { store, redis: connection } = await start();
    const [finishes, records] = [await claimed(store, 'finishes'), await claimed(store, 'records')];
    const { port } = redis!;
    await redis!.kill();
    await until(() => !connection.connected);
    redis = await startOwnRedis(port);
    await until(() => connection.connected);

    await finishes.finish('done all the same');
    expect(await store.claim('finishes')).toEqual({ state: 'done', result: 'done all the same' });
    await records.recordDevice('fp', 'sent');
    expect(await store.claim('records')).toMatchObject({ state: 'held' });
    await records.release();
    expect([...(await claimed(store, 'records')).devices]).toEqual([['fp', 'sent']]);
  });

  it('writes a decided result again when Redis has come back without its data', async () => {
    const { store, redis: connection, crash } = await start({ leaseMs: 600 });
    await (await claimed(store, 'r')).decide('dead-lettered');
    const { port } = redis!;
    await redis!.kill();
    await until(() => !connection.connected);
    redis = await startOwnRedis(port);
    await until(async () => (await workers!.keys(redis!.admin)).some((key) => /claim/.test(key)));
    const other = await workers!.worker();
    expect(await other.store.claim('r')).toMatchObject({ state: 'held' });
    crash();
    expect((await untilDecided(other.store, 'r')).result).toBe('dead-lettered');
  });

  it('keeps a device record that could not be written, and writes it with the release', async () => {
    redis = await startOwnRedis();
    network = new TcpProxy(redis.url);
    await network.start();
    const options = { breakerFailures: 2, breakerOpenMs: 100 };
    const { store, redis: connection } = await work(network.url, options);
    const claim = await claimed(store, 'r');
    network.dropNew = true;
    network.dropOpen();
    await expect(claim.recordDevice('fp', 'sent')).rejects.toThrow(ClaimStoreUnavailableError);
    await expect(claim.release()).rejects.toThrow(ClaimStoreUnavailableError);
    network.dropNew = false;
    await until(() => connection.dependency.available);
    const resumed = await untilClaimed((await workers!.worker()).store, 'r');
    expect([...resumed.devices]).toEqual([['fp', 'sent']]);
  });

  it('reconnects when a connection has gone silent, without waiting for TCP to notice', async () => {
    redis = await startOwnRedis();
    network = new TcpProxy(redis.url);
    await network.start();
    const { store, redis: connection } = await work(network.url);
    await claimed(store, 'before');
    network.dropOpen();
    await expect(within(COMMAND_TIMEOUT_MS, store.claim('lost'))).rejects.toThrow(
      /no answer within/,
    );
    await until(() => !connection.connected);
    await until(() => connection.connected);
    await claimed(store, 'after');
  });

  it('reconnects when a new connection stays silent before it is ready', async () => {
    redis = await startOwnRedis();
    network = new TcpProxy(redis.url);
    await network.start();
    const { store, redis: connection } = await work(network.url, { breakerOpenMs: 100 });
    await claimed(store, 'before');
    network.dropNew = true;
    connection.reconnect();
    await until(() => !connection.connected);
    await delay(2 * COMMAND_TIMEOUT_MS);
    network.dropNew = false;
    await until(() => connection.connected);
    await untilClaimed(store, 'after');
  });

  it('logs one line for each change of the connection, not one for each attempt', async () => {
    const lines: string[] = [];
    const { redis: connection } = await start();
    const record = (first: unknown, second: string) =>
      void lines.push(typeof first === 'string' ? first : second);
    Logger.overrideLogger({ log: record, warn: record, error: record });
    try {
      const { port } = redis!;
      await redis!.kill();
      const attempts = count(connection.client, 'reconnecting');
      await until(() => attempts() >= 3);
      redis = await startOwnRedis(port);
      await until(() => connection.connected);
      await workers!.close();
      expect(lines).toEqual([
        'Redis is not reachable; trying again until it is',
        'Redis is connected',
      ]);
    } finally {
      Logger.overrideLogger(false);
    }
  });

  it('sends one command to claim and one to finish', async () => {
    const { store } = await start();
    await (await claimed(store, 'warm')).finish('up');
    await redis!.admin.config('RESETSTAT');
    await (await claimed(store, 'r')).finish('done');
    const asked = await redis!.admin.info('commandstats');
    expect(asked).toMatch(/cmdstat_evalsha:calls=2,/);
    expect(asked).not.toMatch(/cmdstat_(eval|script[^:]*):/);
  });

  it('leaves no claim in Redis without a time to live', async () => {
    const { store } = await start({ ttlSeconds: 100, leaseMs: 1000 });
    await (await claimed(store, 'done')).finish('ok');
    await claimed(store, 'processing');
    await (await claimed(store, 'released')).release();
    const keys = await workers!.keys(redis!.admin);
    const times = await Promise.all(keys.map((key) => redis!.admin.pttl(key)));
    expect(times).toHaveLength(3);
    for (const ms of times) {
      expect(ms).toBeGreaterThan(90_000);
      expect(ms).toBeLessThanOrEqual(100_000);
    }
  });
});

/** Fails unless the call ends within the command timeout and some slack for a busy machine. */
async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await call;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(ms + 500);
  }
}

function count(emitter: NodeJS.EventEmitter, event: string): () => number {
  let times = 0;
  emitter.on(event, () => (times += 1));
  return () => times;
}
