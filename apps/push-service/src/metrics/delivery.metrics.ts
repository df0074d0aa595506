import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter } from 'prom-client';
import { BoundedCounter } from './bounded-counter';
import { QuickHistogram, type Series } from './quick-histogram';
import { RecentCount, RecentValues } from './recent';

/** From a push that finds nobody waiting before it to one that has sat out a long outage. */
const DELIVERY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** From an answer on one machine to the deadline of a request, 10 s by default. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The figures that the way of a message leaves behind. Every call takes a tenth of a microsecond or so. */
@Injectable()
export class DeliveryMetrics {
  /** Latest latencies, in seconds. */
  readonly latencies = new RecentValues();
  readonly deliveredLately = new RecentCount();
  readonly receivedTotal: Counter;
  readonly outcomesTotal: BoundedCounter<'outcome' | 'reason'>;
  readonly devicesTotal: BoundedCounter<'platform' | 'code'>;
  readonly fcmRequestsTotal: BoundedCounter<'code'>;
  private readonly fcmSeconds: Series;
  private readonly deliverySeconds: Series;
  private acceptedAt?: number;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.receivedTotal = new Counter({
      name: 'push_notifications_received_total',
      help: 'Messages taken from the push queue, redeliveries included',
      registers,
    });
    this.outcomesTotal = new BoundedCounter({
      name: 'push_notifications_total',
      help: 'Messages by how they ended; reason says why where there is more than one',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.devicesTotal = new BoundedCounter({
      name: 'push_device_results_total',
      help: 'Devices of ended notifications by platform and code; OK where FCM took the push',
      labelNames: ['platform', 'code'],
      registers,
    });
    this.fcmRequestsTotal = new BoundedCounter({
      name: 'push_fcm_requests_total',
      help: 'Answers of FCM by code; OK where it took the message',
      labelNames: ['code'],
      registers,
    });
    this.fcmSeconds = new QuickHistogram({
      name: 'push_fcm_request_duration_seconds',
      help: 'Time of one request to FCM, whatever its answer; waits between tries are not in it',
      buckets: REQUEST_BUCKETS,
      registers,
    }).series({});
    this.deliverySeconds = new QuickHistogram({
      name: 'push_delivery_duration_seconds',
      help: 'Time from the publication of a notification, else its arrival, until FCM had taken it',
      buckets: DELIVERY_BUCKETS,
      registers,
    }).series({});
  }

  /** Epoch milliseconds of the last push that FCM took. */
  get lastAcceptedAt(): number | undefined {
    return this.acceptedAt;
  }

  /** A message has come from the queue. */
  received(): void {
    this.receivedTotal.inc();
  }

  /**
   * A message has come to an end, or waits again.
   * @param outcome the kind of its outcome
   * @param reason why, from a closed set
   */
  outcome(outcome: string, reason: string): void {
    this.outcomesTotal.count({ outcome, reason });
    if (outcome === 'delivered') this.deliveredLately.add();
  }

  /**
   * A notification has ended, and so has its push to one device.
   * @param platform null where the user service, or a message that names its tokens, does not tell
   * @param code `OK`, or the error code of FCM
   */
  device(platform: string | null | undefined, code: string): void {
    this.devicesTotal.count({ platform: platform ?? 'unknown', code });
  }

  /**
   * FCM has answered one request.
   * @param code `OK`, or its error code
   * @param seconds from the request to its answer
   */
  sendTry(code: string, seconds: number): void {
    this.fcmRequestsTotal.count({ code });
    this.fcmSeconds.observe(seconds);
    if (code === 'OK') this.acceptedAt = Date.now();
  }

  /** @param seconds from publication, else arrival, until FCM had taken the push */
  observeLatency(seconds: number): void {
    this.deliverySeconds.observe(seconds);
    this.latencies.add(seconds);
  }
}
