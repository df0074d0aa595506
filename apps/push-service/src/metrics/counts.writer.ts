import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { DeliveryMetrics } from './delivery.metrics';
import { OUTCOMES, type MetricsDocument } from './metrics.document';

/** What was counted and measured since the start of this process. */
export type Counts = Pick<
  MetricsDocument,
  'notifications' | 'devices' | 'dead_letters' | 'latency_ms'
> & {
  fcmRequests: Record<string, number>;
};

/** Writes down for a person what has happened. */
@Injectable()
export class CountsWriter {
  constructor(private readonly delivery: DeliveryMetrics) {}

  async write(): Promise<Counts> {
    const { delivery } = this;
    const [notifications, devices, dead_letters, fcmRequests] = await Promise.all([
      this.notifications(),
      sumsOfTwo(delivery.devicesTotal, 'platform', 'code'),
      sums(delivery.deadLettersTotal, 'code'),
      sums(delivery.fcmRequestsTotal, 'code'),
    ]);
    return { notifications, devices, dead_letters, fcmRequests, latency_ms: this.latency() };
  }

  private async notifications(): Promise<MetricsDocument['notifications']> {
    const { receivedTotal, outcomesTotal, recentDeliveries } = this.delivery;
    const [received, byOutcome, byReason, redelivered, parked] = await Promise.all([
      total(receivedTotal),
      sums(outcomesTotal, 'outcome'),
      sums(outcomesTotal, 'reason'),
      total(this.delivery.redeliveriesTotal),
      sums(this.delivery.parkedTotal, 'reason'),
    ]);
    delete byReason['none'];
    const zeros = Object.fromEntries(OUTCOMES.map((kind) => [kind, 0]));
    const { delivered = 0, rejected = 0, exhausted = 0 } = byOutcome;
    return {
      received,
      delivered,
      failed: rejected + exhausted,
      delivered_per_minute: recentDeliveries.total(),
      by_outcome: { ...zeros, ...byOutcome },
      by_reason: byReason,
      redelivered,
      parked,
    };
  }

  private latency(): MetricsDocument['latency_ms'] {
    const { recentLatencies } = this.delivery;
    const inMs = (seconds?: number | null): number | null =>
      seconds == null ? null : Math.round(seconds * 1000);
    const [p50, p95, p99] = recentLatencies.percentiles([0.5, 0.95, 0.99]);
    return { p50: inMs(p50), p95: inMs(p95), p99: inMs(p99), samples: recentLatencies.size };
  }
}

async function total(counter: Counter): Promise<number> {
  return (await counter.get()).values[0]?.value ?? 0;
}

async function sums<L extends string>(
  counter: Counter<L>,
  label: L,
): Promise<Record<string, number>> {
  const byLabel: Record<string, number> = {};
  for (const { value, labels } of (await counter.get()).values) {
    const name = String(labels[label]);
    byLabel[name] = (byLabel[name] ?? 0) + value;
  }
  return byLabel;
}

async function sumsOfTwo<L extends string>(
  counter: Counter<L>,
  first: L,
  second: L,
): Promise<Record<string, Record<string, number>>> {
  const byBoth: Record<string, Record<string, number>> = {};
  for (const { value, labels } of (await counter.get()).values) {
    (byBoth[String(labels[first])] ??= {})[String(labels[second])] = value;
  }
  return byBoth;
}
