import { setTimeout as sleep } from 'node:timers/promises';
import { terminate } from '../fault';
import type { Scenario } from '../scenario';

/** By then the broker has given up a connection that says nothing, and others have its messages. */
const STANDSTILL_AT_MOST_MS = 60_000;

export const instanceScenarios: readonly Scenario[] = [
  {
    name: 'instances: one joins and leaves',
    load: { rate: 150 },
    run: async ({ world, load }) => {
      await load.until(0.25);
      const joined = await world.newPush(world.push.length);
      await joined.start();
      await load.until(0.7);
      await terminate(joined, { world });
    },
  },
  {
    name: 'instances: all restarted, one after the other',
    load: { rate: 100, requests: 1500 },
    run: async ({ world, load }) => {
      await load.until(0.1);
      for (let round = 0; round < 2; round += 1) {
        for (const app of world.push) {
          await terminate(app, { world });
          await app.start();
          await app.up('/api/v1/health/ready');
        }
      }
    },
  },
  {
    name: 'instances: all killed at once',
    allows: { mayResend: 'killed' },
    run: async ({ world, load }) => {
      for (const share of [0.2, 0.5, 0.8]) {
        await load.until(share);
        for (const app of world.push) app.kill();
      }
    },
  },
  {
    name: 'claims: sends that take longer than a lease',
    // Few enough that none waits: the second copy of a request looks for its claim while the first is at work.
    load: { rate: 40 },
    push: { env: { IDEMPOTENCY_LEASE_MS: '1000' } },
    run: async ({ world, load }) => {
      await load.until(0.2);
      await world.setFcmFaults({ then: { latency_ms: 2500 } });
      await load.end();
      await world.setFcmFaults();
    },
  },
  {
    name: 'instances: one stands still',
    // What FCM had taken when the process stopped, it has not read; another one sends it again.
    allows: { mayResend: 'answers lost', recoversWithin: 60 },
    run: async ({ world, load }) => {
      await load.until(0.25);
      const [app] = world.push;
      // So that it has sends under way, whose answers it will read too late.
      await world.setFcmFaults({ then: { latency_ms: 500 } });
      await load.until(0.5);
      app?.freeze();
      await load.end();
      // Nothing waits for it: the others take over all that it held.
      const deadline = Date.now() + STANDSTILL_AT_MOST_MS;
      const left = (): number =>
        [...load.accepted.keys()].filter((id) => !world.reports.of(id).takenAt).length;
      while (left() > 0 && Date.now() < deadline) await sleep(100);
      if (left() > 0)
        world.incidents.push(`${left()} requests waited for the one that stood still`);
      app?.thaw();
    },
  },
];
