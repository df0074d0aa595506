import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for';
import { terminate, type Fault } from '../fault';
import type { Scenario, Stage } from '../scenario';
import type { App } from '../world/app';
import type { World } from '../world/world';

/** A copy that lies in the queue beside the one that goes back with FCM's answers may be faster than that one. */
const allowsAtSigterm: Fault['allowsAtSigterm'] = { mayResend: 'copies' };

const faults: readonly Fault[] = [
  {
    name: 'redis: killed, restarted with its data',
    inject: ({ world }) => world.redis.kill(),
    lift: ({ world }) => world.redis.start(),
  },
  {
    name: 'redis: killed, restarted empty',
    // A request that comes again after its claim is forgotten is a new one; docs/guarantees.md says so.
    load: { repeats: false },
    inject: async ({ world }) => {
      await world.redis.kill();
      await world.redis.forget();
    },
    lift: ({ world }) => world.redis.start(),
  },
  {
    name: 'redis: slow',
    inject: async ({ world }) => {
      // Every command waits for up to 300 ms of each 400.
      for (let n = 0; n < 8; n += 1) {
        await world.redis.admin.client('PAUSE', 300, 'ALL');
        await sleep(400);
      }
    },
    lift: () => Promise.resolve(),
    holdMs: 500,
  },
  {
    name: 'redis: silent for longer than a command may take',
    inject: ({ world }) => world.redis.pause(),
    lift: ({ world }) => world.redis.resume(),
  },
  {
    name: 'redis: read-only',
    inject: async ({ world }) => {
      // A replica of nobody: it answers PING and reads, and refuses to write.
      await world.redis.admin.replicaof('127.0.0.1', 1);
    },
    lift: async ({ world }) => {
      await world.redis.admin.replicaof('NO', 'ONE');
    },
  },
];

export const redisFaults: readonly Fault[] = faults.map((fault) => ({ ...fault, allowsAtSigterm }));

/** Sends after a start until slow start has let enough in for FCM to owe an answer to both instances. */
const SENDS_TO_BE_BUSY = 80;

/** Resolves when FCM has been asked for that many sends more. */
async function sends(world: World, count: number): Promise<void> {
  const made = async (): Promise<number> =>
    (await world.askEmulator<{ requests: number }>('/emulator/stats')).requests;
  const wanted = (await made()) + count;
  await waitFor(`${count} sends more`, async () => (await made()) >= wanted, 30_000);
}

/** Redis is away and both instances have to end: what they hold goes back with what FCM has answered. Three times. */
export async function endWithoutRedis(
  { world, load }: Stage,
  end: (app: App) => Promise<unknown>,
): Promise<void> {
  // So that FCM answers when nobody can be told.
  await world.setFcmFaults({ then: { latency_ms: 300 } });
  for (const share of [0.2, 0.5, 0.8]) {
    await load.until(share);
    await sends(world, SENDS_TO_BE_BUSY);
    await world.redis.kill();
    await sleep(300);
    await Promise.all(world.push.map(end));
    await world.redis.start();
    for (const app of world.push) app.begin();
    // Before that there is nobody to hear a SIGTERM.
    await Promise.all(world.push.map((app) => app.up()));
  }
}

export const redisScenarios: readonly Scenario[] = [
  {
    name: 'redis: away while all have to end',
    load: { rate: 60 },
    allows: { mayResend: 'copies' },
    run: (stage) => endWithoutRedis(stage, (app) => terminate(app, stage)),
  },
  {
    name: 'redis: unreachable at the start',
    startsInTrouble: true,
    prepare: ({ world }) => world.redis.kill(),
    run: async ({ world, load }) => {
      await load.until(0.5);
      await world.redis.start();
    },
  },
];
