/** Waiting times of push-service's delay queues, as they stand in their names. */
const DELAYS = ['1s', '5s', '15s', '60s', '300s', '1800s'];

/** Names of what one contender has on the broker and in Redis. */
export interface Names {
  queueNamespace: string;
  exchange: string;
  pushQueue: string;
  statusQueue: string;
  /** Every queue it may have, its own declarations included. */
  queues: readonly string[];
  redisNamespace: string;
}

/**
 * @param run tells this run from others on the same servers
 * @param contender tells this contender from others of the run
 */
export function namesOf(run: string, contender: string): Names {
  const queueNamespace = `bench-${run}.${contender}.`;
  const pushQueue = `${queueNamespace}push.queue`;
  const statusQueue = `${queueNamespace}push.status.queue`;
  const delays = DELAYS.map((delay) => `${queueNamespace}push.delay.${delay}`);
  return {
    queueNamespace,
    exchange: `${queueNamespace}notifications.direct`,
    pushQueue,
    statusQueue,
    queues: [pushQueue, statusQueue, `${queueNamespace}failed.queue`, ...delays],
    redisNamespace: `bench-${run}:${contender}:`,
  };
}
