import type { Scenario } from '../scenario';

export const gatewayScenarios: readonly Scenario[] = [
  {
    name: "gateway: down for ten minutes' worth of statuses",
    // The guide's 1,000 a minute, as fast as they go, from a publisher that needs no gateway.
    load: { by: 'broker', requests: 10_000, rate: 800 },
    settleMs: 180_000,
    run: async ({ world, load }) => {
      await world.gateway.lose();
      await load.end();
      await world.gateway.start();
    },
  },
  {
    name: 'gateway: answers 503 to every status',
    run: async ({ world, load }) => {
      await load.until(0.25);
      world.statusFront.trouble = { kind: 'status', status: 503 };
      await load.until(0.9);
      world.statusFront.trouble = undefined;
    },
  },
  {
    name: 'gateway: killed and restarted under load',
    run: async ({ world, load }) => {
      await load.until(0.25);
      await world.gateway.lose();
      await world.gateway.start();
    },
  },
];
