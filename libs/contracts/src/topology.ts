/** Routing keys on the notifications exchange. */
export const ROUTING_KEYS = {
  /** A notification to deliver. */
  push: 'push',
  /** A notification that cannot be delivered: the dead-letter queue. */
  failed: 'failed',
  /** The final outcome of a notification. */
  status: 'push.status',
} as const;

/** The keys `push.queue` is bound by: publishers use either. */
export const PUSH_BINDINGS = [ROUTING_KEYS.push, 'push.queue'] as const;

/** Waiting times of the delay queues, in milliseconds, ascending. */
export const DELAYS_MS = [1000, 5000, 15_000, 60_000, 300_000, 1_800_000] as const;

/** AMQP message headers of our own. */
export const HEADERS = {
  /** Identifies one notification in every system. */
  correlationId: 'x-correlation-id',
  /** Not to be processed before this instant (epoch milliseconds). */
  notBefore: 'x-not-before',
  /** How many times a message has been parked. */
  parked: 'x-parked-count',
  /** Failed sends of a parked message that count against the maximum number of tries. */
  tries: 'x-tries',
  /** Times a message was parked that count against the maximum number of waits. */
  waits: 'x-waits',
  /** Results of devices that are final, where they could not be recorded elsewhere: JSON, a list of device results. */
  devices: 'x-device-results',
  /** Set on the copy of a message that was published again to reset its delivery count. */
  renewed: 'x-renewed',
  /** When a message was published (epoch milliseconds); the AMQP timestamp has whole seconds. */
  publishedAt: 'x-published-at',
  /** The trace it belongs to, as W3C's Trace Context has it. */
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** How often, when and by whom a message was replayed from the dead-letter queue: JSON, see `replaysSchema`. */
  replays: 'x-replays',
  /** Number of times RabbitMQ has delivered a quorum-queue message before (set by the broker). */
  deliveryCount: 'x-delivery-count',
} as const;

/** Control how this service processes a message; a replay drops them, or it would start with its tries used up. */
export const CONTROL_HEADERS: ReadonlySet<string> = new Set([
  HEADERS.notBefore,
  HEADERS.parked,
  HEADERS.tries,
  HEADERS.waits,
  HEADERS.devices,
  HEADERS.renewed,
]);
