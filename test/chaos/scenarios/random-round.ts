import { setTimeout as sleep } from 'node:timers/promises';
import { terminate, type Fault } from '../fault';
import type { Scenario, Stage } from '../scenario';
import { pick, randomOf } from '../world/random';
import { brokerFaults } from './broker.scenarios';
import { fcmFaults } from './fcm.scenarios';
import { redisFaults } from './redis.scenarios';
import { userServiceFaults } from './user-service.scenarios';

const REQUESTS = 3000;
const RATE = 100;

/** What breaks in one part of the system, one fault after the other; the parts break side by side. */
type Lane = (stage: Stage, random: () => number, ended: () => boolean) => Promise<void>;

/** Draws a fault, holds it for a while, mends it, rests. */
function laneOf(faults: readonly Fault[]): Lane {
  return async (stage, random, ended) => {
    for (;;) {
      await sleep(1000 + random() * 8000);
      if (ended()) return;
      const fault = pick(random, faults);
      stage.tell(fault.name);
      await fault.inject(stage);
      await sleep(500 + random() * (fault.holdMs ?? 3000));
      await fault.lift(stage);
    }
  };
}

/** Kills, ends and starts push-services, and the gateway now and then. */
const processes: Lane = async (stage, random, ended) => {
  const { world } = stage;
  for (;;) {
    await sleep(500 + random() * 5000);
    if (ended()) return;
    const app = pick(random, world.push);
    const what = random();
    if (what < 0.6) {
      stage.tell(`${app.launch.name}: SIGKILL`);
      app.kill();
    } else if (what < 0.9) {
      stage.tell(`${app.launch.name}: SIGTERM`);
      // Before that there is nobody to hear it, and nothing in hand.
      await app.up();
      await terminate(app, stage);
      await sleep(random() * 2000);
      app.begin();
    } else {
      stage.tell('api-gateway: SIGKILL');
      world.gateway.kill();
    }
  }
};

const EMPTIES_REDIS = /restarted empty/;

/** @param forgets whether Redis may lose its data */
const lanes = (forgets: boolean): readonly Lane[] => [
  // Both need the broker to be told what to do, so one at a time.
  laneOf(brokerFaults),
  laneOf(redisFaults.filter(({ name }) => forgets || !EMPTIES_REDIS.test(name))),
  // Google's minute without a Retry-After would make each round a long one.
  laneOf(fcmFaults.filter(({ name }) => !name.includes('without Retry-After'))),
  laneOf(userServiceFaults),
  processes,
];

/** Half a minute of load in which everything breaks, in an order that the seed decides. */
export function randomRound(round: number, seed: number): Scenario {
  // A Redis that forgets makes a new request of a second copy, as docs/guarantees.md says: every other round has the one,
  // the others have the other.
  const forgets = round % 2 === 0;
  return {
    name: `random: round ${round}, seed ${seed}`,
    load: { requests: REQUESTS, rate: RATE, repeats: !forgets },
    allows: {
      mayResend: 'answers lost',
      mayForget: forgets,
      recoversWithin: 120,
      mayFailFor: ['unavailable', 'internal', 'network', 'timeout', 'user_not_found'],
    },
    settleMs: 240_000,
    run: async (stage) => {
      let over = false;
      const ended = (): boolean => over;
      const running = lanes(forgets).map((lane, n) => lane(stage, randomOf(seed * 31 + n), ended));
      await stage.load.end();
      over = true;
      await Promise.all(running);
    },
  };
}
