/** Routing keys on the notifications exchange. */
export const ROUTING_KEYS = {
  /** A notification to deliver. */
  push: 'push',
  /** A notification that cannot be delivered: the dead-letter queue. */
  failed: 'failed',
  /** What became of a notification. */
  status: 'push.status',
} as const;

/** The keys `push.queue` is bound by: publishers use either. */
export const PUSH_BINDINGS = [ROUTING_KEYS.push, 'push.queue'] as const;

/** Waiting times of the delay queues, in milliseconds, ascending. */
export const DELAYS_MS = [1000, 5000, 15_000, 60_000, 300_000, 1_800_000] as const;

/** AMQP message headers of our own. */
export const HEADERS = {
  /** Follows one notification through every system. */
  correlationId: 'x-correlation-id',
  /** Not to be worked on before this instant (epoch milliseconds). */
  notBefore: 'x-not-before',
  /** How many times a message has been parked. */
  parked: 'x-parked-count',
  /** How many sends of a parked message have failed and count against the most there may be. */
  tries: 'x-tries',
  /** How many parkings of a message count against the most there may be. */
  waits: 'x-waits',
  /** Devices that are done with, where that could not be recorded elsewhere: JSON, a list of device results. */
  devices: 'x-device-results',
  /** Set on the fresh copy of a message that was put back for its delivery count to start anew. */
  renewed: 'x-renewed',
  /** When a message was published (epoch milliseconds); the AMQP timestamp has whole seconds. */
  publishedAt: 'x-published-at',
  /** The trace it belongs to, as W3C's Trace Context has it. */
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** How often, when and by whom a message was brought back from the dead-letter queue: JSON, see `replaysSchema`. */
  replays: 'x-replays',
  /** Number of times RabbitMQ has delivered a quorum-queue message before (set by the broker). */
  deliveryCount: 'x-delivery-count',
} as const;

/** Steer a message on its way through here; with them a replay would begin with its tries used up, or its devices done. */
export const CONTROL_HEADERS: ReadonlySet<string> = new Set([
  HEADERS.notBefore,
  HEADERS.parked,
  HEADERS.tries,
  HEADERS.waits,
  HEADERS.devices,
  HEADERS.renewed,
]);
