import type { RabbitmqConfig } from '@push/config';
import { DELAYS_MS, PUSH_BINDINGS, ROUTING_KEYS } from '@push/contracts';
import type { QueueOptions } from './queue.options';

/** A queue as we declare it where it does not exist. All are durable. */
export interface QueueDeclaration {
  name: string;
  arguments: Readonly<Record<string, string | number>>;
  /** Routing keys on the exchange that lead to it. */
  bindings: readonly string[];
}

export interface Topology {
  /** A direct, durable exchange. */
  exchange: string;
  queues: readonly QueueDeclaration[];
}

/** "Never": quorum queues of RabbitMQ 4 have a delivery limit of 20 unless told otherwise, and 3.x knows no -1. */
const UNLIMITED_DELIVERIES = 1_000_000_000;

const QUORUM = { 'x-queue-type': 'quorum' } as const;

/** Name of the delay queue for one waiting time, such as `push.delay.15s`. */
export function delayQueue(config: RabbitmqConfig, delayMs: number): string {
  return `${config.delayQueuePrefix}.${delayMs / 1000}s`;
}

/** Everything that must exist before anything is published or consumed. */
export function describeTopology(config: RabbitmqConfig, options: QueueOptions): Topology {
  const push = {
    name: config.pushQueue,
    arguments: {
      ...QUORUM,
      'x-delivery-limit': options.deliveryLimit,
      'x-dead-letter-exchange': config.exchange,
      'x-dead-letter-routing-key': ROUTING_KEYS.failed,
    },
    bindings: PUSH_BINDINGS,
  };
  const failed = {
    name: config.failedQueue,
    arguments: { ...QUORUM, 'x-delivery-limit': UNLIMITED_DELIVERIES },
    bindings: [ROUTING_KEYS.failed],
  };
  const status = {
    name: config.statusQueue,
    arguments: { ...QUORUM, 'x-delivery-limit': UNLIMITED_DELIVERIES },
    bindings: [ROUTING_KEYS.status],
  };
  const delays = DELAYS_MS.map((delayMs) => ({
    name: delayQueue(config, delayMs),
    arguments: {
      ...QUORUM,
      'x-message-ttl': delayMs,
      'x-dead-letter-exchange': config.exchange,
      'x-dead-letter-routing-key': ROUTING_KEYS.push,
      // By default dead-lettering may lose a message; this strategy needs reject-publish beside it.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
    bindings: [],
  }));
  return {
    exchange: config.exchange,
    queues: [push, failed, ...(options.relaysStatus ? [status] : []), ...delays],
  };
}
