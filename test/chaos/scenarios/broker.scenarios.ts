import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault';
import type { Scenario, Stage } from '../scenario';

export const brokerFaults: readonly Fault[] = [
  {
    name: 'broker: killed and restarted',
    inject: ({ world }) => world.rabbitmq.kill(),
    holdMs: 1000,
    lift: ({ world }) => world.rabbitmq.start(),
    settleMs: 120_000,
  },
  {
    name: 'broker: closes every connection',
    inject: async ({ world }) => {
      for (let n = 0; n < 3; n += 1) {
        await world.rabbitmq.closeConnections();
        await sleep(700);
      }
    },
    lift: () => Promise.resolve(),
    holdMs: 500,
  },
  {
    name: 'broker: closes the channel of what is held too long',
    // Held for two seconds by FCM, where the broker allows one.
    inject: async ({ world }) => {
      await world.setFcmFaults({ then: { latency_ms: 2500 } });
      await acknowledgeWithin(world.rabbitmq, 1000);
    },
    hasNotBitten: ({ world }) =>
      world.rabbitmq.log.includes('delivery acknowledgement on channel')
        ? undefined
        : 'no channel was closed',
    holdMs: 4000,
    lift: async ({ world }) => {
      await world.setFcmFaults();
      await acknowledgeWithin(world.rabbitmq, 1_800_000);
    },
  },
];

/** The broker's `consumer_timeout`, looked after every half second; a channel reads it when it is opened. */
async function acknowledgeWithin(rabbitmq: Stage['world']['rabbitmq'], ms: number): Promise<void> {
  await rabbitmq.ctl(
    'eval',
    `application:set_env(rabbit, channel_tick_interval, 500), application:set_env(rabbit, consumer_timeout, ${ms}).`,
  );
  await rabbitmq.closeConnections();
}

/** Deletes a queue while nothing waits in it; what is in hand stays in hand. */
async function deleteEmptyQueue({ world, load }: Stage, queue: string): Promise<void> {
  await load.hold();
  while ((await world.rabbitmq.queues()).some(({ name, ready }) => name === queue && ready > 0)) {
    await sleep(50);
  }
  await world.rabbitmq.ctl('delete_queue', queue);
  load.release();
}

/** The words with which it is done, in the broker's log. */
const CLOSED_BY = 'no more publishing for now';

/** Those over which the apps publish; what they consume goes on. */
async function closePublishers({ rabbitmq }: Stage['world']): Promise<void> {
  // Not as JSON, in which it writes process ids that it does not read.
  const lines = (await rabbitmq.ctl('list_connections', 'pid', 'client_properties')).split('\n');
  const publishers = lines.filter((line) => /connection_name\W+publisher\b/.test(line));
  for (const line of publishers) {
    const [pid = ''] = line.split('\t');
    // One that is gone already is closed enough.
    await rabbitmq.ctl('close_connection', pid, CLOSED_BY).catch(() => undefined);
  }
}

export const brokerScenarios: readonly Scenario[] = [
  {
    name: 'broker: closes the connections that are published over',
    run: async ({ world, load }) => {
      for (const share of [0.15, 0.3, 0.45, 0.6, 0.75]) {
        await load.until(share);
        await closePublishers(world);
      }
      if (!world.rabbitmq.log.includes(CLOSED_BY)) world.incidents.push('none was closed');
    },
  },
  {
    name: 'broker: queues deleted under load',
    // Half a second at FCM, so that some are in hand when their queue goes.
    run: async (stage) => {
      await stage.world.setFcmFaults({ then: { latency_ms: 500 } });
      await stage.load.until(0.25);
      await deleteEmptyQueue(stage, 'push.queue');
      await stage.load.until(0.5);
      await deleteEmptyQueue(stage, 'push.status.queue');
      await stage.load.until(0.6);
      await deleteEmptyQueue(stage, 'push.delay.1s');
      await stage.world.setFcmFaults({ times: 20, then: { status: 429, retry_after: 1 } });
    },
  },
];
