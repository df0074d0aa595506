import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter, Gauge, Histogram } from 'prom-client';
import { DeliveryMetrics } from '../metrics/delivery.metrics';

/** What came of one report: the gateway took it, refused it for good, or has to be asked again. */
const RESULTS = ['taken', 'refused', 'failed'] as const;
type ReportResult = (typeof RESULTS)[number];

/** From a gateway at hand to one that was away for an hour. */
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600];

/** A status event on its way to the gateway. */
export interface StatusInHand {
  /** Epoch milliseconds of its announcement. */
  since: number;
}

/** The figures of status reports. */
@Injectable()
export class StatusMetrics {
  private readonly reportsTotal: Counter<'result'>;
  private readonly lagSeconds: Histogram;
  private readonly inHand = new Set<StatusInHand>();

  constructor(
    { registry }: Metrics,
    private readonly delivery: DeliveryMetrics,
  ) {
    const registers = [registry];
    const { inHand } = this;
    this.reportsTotal = new Counter({
      name: 'push_status_reports_total',
      help: 'Reports to the gateway by result; one that failed is made again',
      labelNames: ['result'],
      registers,
    });
    for (const result of RESULTS) this.reportsTotal.inc({ result }, 0);
    this.lagSeconds = new Histogram({
      name: 'push_status_lag_seconds',
      help: 'Time from the announcement of a status until the gateway had taken it',
      buckets: LAG_BUCKETS,
      registers,
    });
    new Gauge({
      name: 'push_status_oldest_age_seconds',
      help: 'Age of the oldest status that is on its way to the gateway; 0 while there is none',
      registers,
      collect() {
        this.set(Math.max(0, ...[...inHand].map(ageOf)));
      },
    });
  }

  /** A status event has come from its queue. */
  track(status: StatusInHand): void {
    this.inHand.add(status);
  }

  /** A refused one is in the dead-letter queue. */
  buried(code: string): void {
    this.delivery.deadLettered(code);
  }

  /** It is in hand no longer. */
  end(status: StatusInHand): void {
    this.inHand.delete(status);
  }

  /** One report has come to its end. */
  reported(status: StatusInHand, result: ReportResult): void {
    this.reportsTotal.inc({ result });
    if (result === 'taken') this.lagSeconds.observe(ageOf(status));
  }
}

/** In seconds. */
function ageOf({ since }: StatusInHand): number {
  return Math.max(0, Date.now() - since) / 1000;
}
