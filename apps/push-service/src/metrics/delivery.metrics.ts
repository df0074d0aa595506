import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter, Histogram } from 'prom-client';

const OTHER = 'other';
const WORD = /^[A-Za-z][\w.-]{0,47}$/;

/**
 * Keeps the number of values of one label small, whatever their source: a value that is not a single word, or that is new
 * when there are as many as allowed, becomes `other`. Prometheus keeps a time series for each value that it has ever seen.
 * @param limit different values. @default 50
 */
export function boundedLabel(limit = 50): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit || !WORD.test(value)) return OTHER;
    known.add(value);
    return value;
  };
}

/** The latest values, for percentiles of the present instead of since the start. */
export class RecentValues {
  private readonly values: Float64Array;
  private count = 0;

  constructor(size = 1000) {
    this.values = new Float64Array(size);
  }

  /** How many values there are. */
  get size(): number {
    return Math.min(this.count, this.values.length);
  }

  add(value: number): void {
    this.values[this.count % this.values.length] = value;
    this.count += 1;
  }

  /** The smallest value that this share (0 to 1) of all values does not exceed; null while there are none. */
  percentiles(shares: readonly number[]): (number | null)[] {
    const sorted = this.values.slice(0, this.size).sort();
    return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null);
  }
}

const SLOTS = 60;

/** Counts events of a sliding window, to a sixtieth of its length and never longer. */
export class RecentCount {
  private readonly counts = new Uint32Array(SLOTS);
  private readonly slotMs: number;
  private newest: number;

  /** @param windowMs its length. @default 60000 */
  constructor(
    windowMs = 60_000,
    private readonly clock: () => number = Date.now,
  ) {
    this.slotMs = windowMs / SLOTS;
    this.newest = this.slot();
  }

  add(): void {
    this.expire();
    const slot = this.newest % SLOTS;
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  total(): number {
    this.expire();
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private expire(): void {
    const now = this.slot();
    const passed = Math.min(now - this.newest, SLOTS);
    for (let step = 1; step <= passed; step += 1) this.counts[(this.newest + step) % SLOTS] = 0;
    this.newest = Math.max(now, this.newest);
  }

  private slot(): number {
    return Math.floor(this.clock() / this.slotMs);
  }
}

/**
 * The steps of a delivery, in their order: in the queue until the first delivery, the claim, the user look-up, the
 * composition of the texts, the send to one device with all its tries, a write to the claim, the dead letter, the
 * publication of the status event.
 */
export type Stage =
  'queued' | 'claim' | 'look_up' | 'compose' | 'send' | 'record' | 'dead_letter' | 'announce';

/** From an empty queue to the end of a long outage. */
const DELIVERY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** From an answer on the same machine to the deadline of a request, 10 s by default. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a round trip on the same machine to a queue that waited during an outage. */
const STAGE_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600,
];

/** The metrics of the delivery pipeline. */
@Injectable()
export class DeliveryMetrics {
  /** Latest delivery times, in seconds. */
  readonly recentLatencies = new RecentValues();
  /** Deliveries of the last minute. */
  readonly recentDeliveries = new RecentCount();

  readonly receivedTotal: Counter;
  readonly redeliveriesTotal: Counter;
  readonly parkedTotal: Counter<'reason'>;
  readonly deadLettersTotal: Counter<'code'>;
  readonly outcomesTotal: Counter<'outcome' | 'reason'>;
  readonly devicesTotal: Counter<'platform' | 'code'>;
  readonly fcmRequestsTotal: Counter<'code'>;
  private readonly takeOversTotal: Counter;
  private readonly fcmSeconds: Histogram;
  private readonly deliverySeconds: Histogram;
  private readonly stageSeconds: Histogram<'stage'>;

  private readonly parkedReason = boundedLabel();
  private readonly deadLetterCode = boundedLabel();
  private readonly outcomeKind = boundedLabel();
  private readonly outcomeReason = boundedLabel();
  private readonly devicePlatform = boundedLabel();
  private readonly deviceCode = boundedLabel();
  private readonly fcmCode = boundedLabel();
  private acceptedAt?: number;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.receivedTotal = new Counter({
      name: 'push_notifications_received_total',
      help: 'Messages taken from the push queue, redeliveries included',
      registers,
    });
    this.redeliveriesTotal = new Counter({
      name: 'push_redeliveries_total',
      help: 'Messages that the broker had delivered before, to any consumer; includes those requeued in an outage',
      registers,
    });
    this.takeOversTotal = new Counter({
      name: 'push_claims_taken_over_total',
      help: 'Claims whose holder had let its lease run out: it crashed, was killed, or was cut off',
      registers,
    });
    this.parkedTotal = new Counter({
      name: 'push_parked_total',
      help: 'Messages put into a delay queue by why they have to wait',
      labelNames: ['reason'],
      registers,
    });
    this.deadLettersTotal = new Counter({
      name: 'push_dead_letters_total',
      help: 'Dead letters that the broker has confirmed, by error code',
      labelNames: ['code'],
      registers,
    });
    this.outcomesTotal = new Counter({
      name: 'push_notifications_total',
      help: 'Messages by outcome; reason says why where there is more than one',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.devicesTotal = new Counter({
      name: 'push_device_results_total',
      help: 'Devices of finished notifications by platform and code; OK where FCM accepted the push',
      labelNames: ['platform', 'code'],
      registers,
    });
    this.fcmRequestsTotal = new Counter({
      name: 'push_fcm_requests_total',
      help: 'Responses of FCM by code; OK where it accepted the message',
      labelNames: ['code'],
      registers,
    });
    this.fcmSeconds = new Histogram({
      name: 'push_fcm_request_duration_seconds',
      help: 'Time of one request to FCM, whatever its response; waits between tries are not included',
      buckets: REQUEST_BUCKETS,
      registers,
    });
    this.deliverySeconds = new Histogram({
      name: 'push_delivery_duration_seconds',
      help: 'Time from the publication of a notification, else its arrival, until FCM had accepted it',
      buckets: DELIVERY_BUCKETS,
      registers,
    });
    this.stageSeconds = new Histogram({
      name: 'push_stage_duration_seconds',
      help: 'Time in each step of a notification, failures included',
      labelNames: ['stage'],
      buckets: STAGE_BUCKETS,
      registers,
    });
  }

  /** Epoch milliseconds of the last push that FCM accepted. */
  get lastAcceptedAt(): number | undefined {
    return this.acceptedAt;
  }

  /** A message was taken from the queue. */
  received(): void {
    this.receivedTotal.inc();
  }

  /** The broker had delivered the message before. */
  redelivered(): void {
    this.redeliveriesTotal.inc();
  }

  /** A worker continues with what another has left. */
  claimTakenOver(): void {
    this.takeOversTotal.inc();
  }

  /** @param reason why the message waits in a delay queue */
  parked(reason: string): void {
    this.parkedTotal.inc({ reason: this.parkedReason(reason) });
  }

  /** @param code of the error */
  deadLettered(code: string): void {
    this.deadLettersTotal.inc({ code: this.deadLetterCode(code) });
  }

  /**
   * A message is final, parked or requeued.
   * @param kind of its outcome
   * @param reason `none` where the kind says it all
   */
  outcome(kind: string, reason: string): void {
    this.outcomesTotal.inc({
      outcome: this.outcomeKind(kind),
      reason: this.outcomeReason(reason),
    });
    if (kind === 'delivered') this.recentDeliveries.add();
  }

  /**
   * A notification is final, and so is its push to one device.
   * @param platform null where neither the user service nor the message names it
   * @param code `OK`, or the error code of FCM
   */
  device(platform: string | null | undefined, code: string): void {
    this.devicesTotal.inc({
      platform: this.devicePlatform(platform ?? 'unknown'),
      code: this.deviceCode(code),
    });
  }

  /**
   * FCM has answered one request.
   * @param code `OK`, or its error code
   * @param seconds from the request to its response
   */
  fcmRequest(code: string, seconds: number): void {
    this.fcmRequestsTotal.inc({ code: this.fcmCode(code) });
    this.fcmSeconds.observe(seconds);
    if (code === 'OK') this.acceptedAt = Date.now();
  }

  /** @param seconds from publication, else arrival, until FCM had accepted the push */
  delivered(seconds: number): void {
    this.deliverySeconds.observe(seconds);
    this.recentLatencies.add(seconds);
  }

  /** @param seconds that the step took, whether it succeeded or not */
  stage(stage: Stage, seconds: number): void {
    this.stageSeconds.observe({ stage }, seconds);
  }
}
