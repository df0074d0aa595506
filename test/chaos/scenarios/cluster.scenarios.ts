import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterServers } from '../servers/cluster-servers';
import type { Scenario, Stage } from '../scenario';

function clusters({ world }: Pick<Stage, 'world'>): ClusterServers {
  if (world.servers instanceof ClusterServers) return world.servers;
  throw new Error('This scenario breaks a node of a cluster; this world has single servers');
}

export const clusterScenarios: readonly Scenario[] = [
  {
    name: 'clusters: one of three RabbitMQ nodes and one of three Redis nodes killed',
    servers: 'clusters',
    load: { requests: 1500, rate: 50 },
    settleMs: 180_000,
    run: async (stage) => {
      const { rabbitmq, redis } = clusters(stage);
      await stage.load.until(0.2);
      await rabbitmq.kill(0);
      await stage.load.until(0.4);
      await redis.kill(0);
      await sleep(3000);
      await redis.restart(0);
      await rabbitmq.restart(0);
    },
  },
];
