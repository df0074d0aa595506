import { ClaimStoreUnavailableError, ClaimUnusableError } from '@push/idempotency';
import { claimed } from './claim-store.contract';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { RedisWorkers, type RedisWorker } from './redis-workers';
import { until } from '../../support/wait-for';

describe('RedisClaimStore, when Redis refuses a command', () => {
  let redis: OwnRedis;
  let workers: RedisWorkers;
  let worker: RedisWorker;

  beforeEach(async () => {
    redis = await startOwnRedis();
    workers = new RedisWorkers({ url: redis.url, leaseMs: 60_000, breakerFailures: 2 });
    worker = await workers.worker();
  });
  afterEach(async () => {
    await redis.kill(); // first, as it may refuse the clearing up as well
    await until(() => !worker.redis.connected);
    await workers.close();
  });

  /** Puts a string where the claim's hash belongs. */
  const spoil = async (): Promise<string> => {
    const [key] = await workers.keys(redis.admin);
    await redis.admin.set(key!, 'not a hash');
    return key!;
  };

  it('reports that one request’s claim cannot be used, and goes on with all others', async () => {
    const { store, redis: connection } = worker;
    const claim = await claimed(store, 'spoilt');
    await spoil();
    for (let i = 0; i < 5; i += 1) {
      await expect(store.claim('spoilt')).rejects.toThrow(ClaimUnusableError);
    }
    await expect(claim.recordDevice('fp', 1)).rejects.toThrow(ClaimUnusableError);
    await expect(claim.finish('done')).rejects.toMatchObject({
      code: 'CLAIM_UNUSABLE',
      retryable: false,
    });
    expect(connection.dependency).toMatchObject({ state: 'closed', failures: 0 });
    await (await claimed(store, 'another')).finish('ok');
  });

  it('names the request and its key, so that it can be repaired', async () => {
    await claimed(worker.store, 'spoilt');
    const key = await spoil();
    const failure: unknown = await worker.store.claim('spoilt').catch((error: unknown) => error);
    const { message } = failure as Error;
    expect(message).toContain('spoilt');
    expect(message).toContain(key);
    expect(message).toContain('WRONGTYPE');
    expect(await worker.store.forget('spoilt')).toBe(true);
    await claimed(worker.store, 'spoilt');
  });

  it.each([
    ['is not allowed to run the command', ['ACL', 'SETUSER', 'default', '-evalsha', '-eval']],
    ['has no memory left', ['CONFIG', 'SET', 'maxmemory', '1']],
    ['has too few replicas', ['CONFIG', 'SET', 'min-replicas-to-write', '1']],
  ])('counts it as an outage where it %s', async (_, [command, ...args]) => {
    await claimed(worker.store, 'warm');
    await redis.admin.call(command!, args);
    await expect(worker.store.claim('r')).rejects.toThrow(ClaimStoreUnavailableError);
    await expect(worker.store.claim('r')).rejects.toThrow(ClaimStoreUnavailableError);
    expect(worker.redis.dependency.available).toBe(false);
  });
});
