import { setTimeout as sleep } from 'node:timers/promises';
import { terminate } from '../fault';
import type { Scenario } from '../scenario';

/** Longer than a lease, shorter than the broker's patience with a connection that says nothing. */
const STANDSTILL_MS = 5000;

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
    allows: { mayResend: true },
    run: async ({ world, load }) => {
      for (const share of [0.2, 0.5, 0.8]) {
        await load.until(share);
        for (const app of world.push) app.kill();
      }
    },
  },
  {
    name: 'instances: one stands still for longer than its lease',
    // What FCM had taken when the process stopped, it has not read; another one sends it again.
    allows: { mayResend: true },
    run: async ({ world, load }) => {
      await load.until(0.25);
      const [app] = world.push;
      app?.freeze();
      await sleep(STANDSTILL_MS);
      app?.thaw();
    },
  },
];
