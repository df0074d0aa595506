import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault';
import type { Scenario } from '../scenario';

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
    inject: ({ world }) => world.redis.freeze(),
    lift: ({ world }) => world.redis.thaw(),
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

export const redisScenarios: readonly Scenario[] = [
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
