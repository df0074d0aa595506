import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter, Gauge, Histogram } from 'prom-client';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { TimelineEventDetails } from '../timeline/timeline-event.schema';
import { Timeline } from '../timeline/timeline';

/** The result of one attempt: the gateway accepted the status, refused it for good, or has to be asked again. */
const RESULTS = ['taken', 'refused', 'failed'] as const;

/** From a gateway nearby to one that was away for an hour. */
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600];

/** A status event that is in flight from its queue to the gateway. */
export interface StatusReport {
  /** The event, as JSON. */
  readonly content: Buffer;
  /** Epoch milliseconds of its publication. */
  readonly publishedAt: number;
  /** Epoch milliseconds at which it came from its queue. */
  readonly receivedAt: number;
  attempts: number;
}

/** Records status reports in the metrics, and in the timelines of their notifications. */
@Injectable()
export class StatusTelemetry {
  private readonly reportsTotal: Counter<'result'>;
  private readonly lagSeconds: Histogram;
  private readonly inFlight = new Set<StatusReport>();

  constructor(
    { registry }: Metrics,
    private readonly delivery: DeliveryMetrics,
    private readonly timeline: Timeline,
  ) {
    const registers = [registry];
    const { inFlight } = this;
    this.reportsTotal = new Counter({
      name: 'push_status_reports_total',
      help: 'Reports to the gateway by result; one that failed is made again',
      labelNames: ['result'],
      registers,
    });
    for (const result of RESULTS) this.reportsTotal.inc({ result }, 0);
    this.lagSeconds = new Histogram({
      name: 'push_status_lag_seconds',
      help: 'Time from the publication of a status until the gateway had accepted it',
      buckets: LAG_BUCKETS,
      registers,
    });
    new Gauge({
      name: 'push_status_oldest_age_seconds',
      help: 'Age of the oldest status in flight to the gateway; 0 while there is none',
      registers,
      collect() {
        this.set(Math.max(0, ...[...inFlight].map(ageInSeconds)));
      },
    });
  }

  /**
   * A status event has come from its queue. Call `ended` when it is no longer in flight.
   * @param publishedAt epoch milliseconds
   */
  started(content: Buffer, publishedAt: number): StatusReport {
    const report = { content, publishedAt, receivedAt: Date.now(), attempts: 0 };
    this.inFlight.add(report);
    return report;
  }

  ended(report: StatusReport): void {
    this.inFlight.delete(report);
  }

  /** The gateway has accepted it. */
  taken(report: StatusReport): void {
    this.reportsTotal.inc({ result: 'taken' });
    this.lagSeconds.observe(ageInSeconds(report));
    const { attempts: tries, receivedAt } = report;
    this.recordEvent(report, { event: 'reported', tries, ms: Date.now() - receivedAt });
  }

  /** It has to be reported again. */
  failed(): void {
    this.reportsTotal.inc({ result: 'failed' });
  }

  /** The gateway has refused it for good, and it is in the dead-letter queue. */
  refused(report: StatusReport, httpStatus: number, code: string): void {
    this.reportsTotal.inc({ result: 'refused' });
    this.delivery.deadLettered(code);
    this.recordEvent(report, { event: 'report_refused', http_status: httpStatus });
  }

  /** By the id in the event itself: the one in an AMQP property may have been cut. */
  private recordEvent({ content }: StatusReport, details: TimelineEventDetails): void {
    if (!this.timeline.enabled) return;
    const requestId = requestIdOf(content);
    if (requestId !== undefined) this.timeline.record(requestId, details);
  }
}

function ageInSeconds({ publishedAt }: StatusReport): number {
  return Math.max(0, Date.now() - publishedAt) / 1000;
}

function requestIdOf(content: Buffer): string | undefined {
  try {
    const event: unknown = JSON.parse(content.toString());
    const { request_id: requestId } = event as { request_id?: unknown };
    return typeof requestId === 'string' ? requestId : undefined;
  } catch {
    return undefined;
  }
}
