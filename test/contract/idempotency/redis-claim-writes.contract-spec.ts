import { ClaimLostError, ClaimStoreUnavailableError, type Claim } from '@push/idempotency';
import { claimed, untilClaimed } from './claim-store.contract';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { TcpProxy } from '../../support/tcp-proxy';
import { until } from '../../support/wait-for';
import { RedisWorkers } from './redis-workers';

const COMMAND_TIMEOUT_MS = 300;

describe('RedisClaimStore, when many devices are recorded', () => {
  let redis: OwnRedis;
  let workers: RedisWorkers | undefined;

  const workersOf = (url: string): RedisWorkers =>
    (workers = new RedisWorkers({
      url,
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      leaseMs: 60_000,
      breakerFailures: 1000,
    }));

  beforeEach(async () => {
    redis = await startOwnRedis();
  });
  afterEach(async () => {
    try {
      await workers?.close();
    } finally {
      await redis.kill();
      workers = undefined;
    }
  });

  it('sends each of 500 records once, in few commands', async () => {
    const { store } = await workersOf(redis.url).worker();
    await warmUp(await claimed(store, 'warm'));
    const claim = await claimed(store, 'r');
    await redis.admin.config('RESETSTAT');
    await Promise.all(numbers(500).map((n) => claim.recordDevice(fingerprint(n), record(n))));

    const commands = await redis.admin.info('commandstats');
    expect(callsOf('evalsha', commands)).toBeLessThanOrEqual(3);
    // One HSET a record, and one a write for the lease.
    expect(callsOf('hset', commands) - callsOf('evalsha', commands)).toBe(500);
    const stats = await redis.admin.info('stats');
    expect(Number(/total_net_input_bytes:(\d+)/.exec(stats)?.[1])).toBeLessThan(500 * 200);
    await claim.release();
    expect((await claimed(store, 'r')).devices.size).toBe(500);
  });

  it('sends concurrent records in one command', async () => {
    const { store } = await workersOf(redis.url).worker();
    await warmUp(await claimed(store, 'warm'));
    const claim = await claimed(store, 'r');
    await redis.admin.config('RESETSTAT');
    await Promise.all(numbers(3).map((n) => claim.recordDevice(fingerprint(n), record(n))));
    expect(callsOf('evalsha', await redis.admin.info('commandstats'))).toBe(1);
  });

  it('has saved a record when its call resolves, whenever it was made', async () => {
    const { store } = await workersOf(redis.url).worker();
    await warmUp(await claimed(store, 'warm'));
    const claim = await claimed(store, 'r');
    const keys = await workers!.keys(redis.admin);
    await redis.admin.config('RESETSTAT');
    const missing: string[] = [];
    await Promise.all(
      numbers(100).map(async (n) => {
        for (let ticks = 0; ticks < n; ticks += 1) await Promise.resolve();
        await claim.recordDevice(fingerprint(n), record(n));
        const saved = await Promise.all(
          keys.map((key) => redis.admin.hexists(key, `device:${fingerprint(n)}`)),
        );
        if (!saved.includes(1)) missing.push(fingerprint(n));
      }),
    );
    expect(missing).toEqual([]);
    const commands = await redis.admin.info('commandstats');
    expect(callsOf('hset', commands) - callsOf('evalsha', commands)).toBe(100);
  });

  it('rejects every caller of a failed write, and sends their records with the next write', async () => {
    const network = new TcpProxy(redis.url);
    await network.start();
    try {
      const { store, redis: connection } = await workersOf(network.url).worker();
      const claim = await claimed(store, 'r');
      network.dropNew = true;
      network.dropOpen();
      const outcomes = await Promise.allSettled(
        numbers(20).map((n) => claim.recordDevice(fingerprint(n), record(n))),
      );
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: expect.any(ClaimStoreUnavailableError) });
      }
      network.dropNew = false;
      await until(() => !connection.connected);
      await until(() => connection.connected);
      await claim.recordDevice(fingerprint(20), record(20));
      await claim.release();
      expect((await claimed(store, 'r')).devices.size).toBe(21);
    } finally {
      await workers?.close();
      workers = undefined;
      await network.stop();
    }
  });

  it('rejects every caller with a lost claim, and sends no more', async () => {
    const all = workersOf(redis.url);
    const [one, other] = [await all.worker(), await all.worker()];
    const claim = await claimed(one.store, 'r');
    await other.store.forget('r');
    await untilClaimed(other.store, 'r');
    const outcomes = await Promise.allSettled(
      numbers(20).map((n) => claim.recordDevice(fingerprint(n), record(n))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: expect.any(ClaimLostError) });
    }
    expect(await one.store.claim('r')).toMatchObject({ state: 'held' });
  });
});

/** Runs each script once, so that none is sent as text any more. */
async function warmUp(claim: Claim): Promise<void> {
  await claim.recordDevice('fp', 'warm');
  await claim.finish('warm');
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const fingerprint = (n: number): string => `fingerprint-${n}`;
const record = (n: number): unknown => ({ status: 'delivered', message_id: `m${n}` });

function callsOf(command: string, commandStats: string): number {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(commandStats)?.[1] ?? 0);
}
