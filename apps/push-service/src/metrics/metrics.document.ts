import { Injectable } from '@nestjs/common';
import { FcmTransport } from '@push/fcm';
import { PushQueueServer, type QueueDepth } from '@push/queue';
import { Dependencies, type DependencyState } from '@push/resilience';
import type { Counter } from 'prom-client';
import { OUTCOME_KINDS } from '../delivery/outcome';
import { VERSION } from '../version';
import { DeliveryMetrics } from './delivery.metrics';
import { QueueMetrics } from './queue.metrics';

/** The metrics for a person. Counts are since the start of this process. */
export interface MetricsDocument {
  service: 'push-service';
  version: string;
  uptime_seconds: number;
  notifications: {
    received: number;
    delivered: number;
    /** Rejected and exhausted together: what is in the dead-letter queue. */
    failed: number;
    delivered_per_minute: number;
    by_outcome: Record<string, number>;
    by_reason: Record<string, number>;
    /** Messages that the broker had delivered before. */
    redelivered: number;
    /** Messages that were put into a delay queue, by reason. */
    parked: Record<string, number>;
  };
  /** Devices by platform and then by code: `OK`, or why FCM refused the push. */
  devices: Record<string, Record<string, number>>;
  /** By error code. */
  dead_letters: Record<string, number>;
  fcm: { requests: Record<string, number>; sessions: number; streams: number };
  circuit_breakers: Record<string, { state: DependencyState; failures: number }>;
  intake: { in_flight: number; waiting: number; window: number; paused: boolean };
  /** Null while the broker cannot be asked. */
  queues: Record<string, QueueDepth> | null;
  /** Of the last deliveries; null while there are none. */
  latency_ms: Record<'p50' | 'p95' | 'p99', number | null> & { samples: number };
  process: { memory_mb: number; cpu_seconds: number; node: string };
}

/** Builds the JSON document from what prom-client has counted and from the current state. */
@Injectable()
export class MetricsDocumentBuilder {
  constructor(
    private readonly delivery: DeliveryMetrics,
    private readonly queues: QueueMetrics,
    private readonly server: PushQueueServer,
    private readonly transport: FcmTransport,
    private readonly dependencies: Dependencies,
  ) {}

  async build(): Promise<MetricsDocument> {
    const { delivery, server, transport } = this;
    const [notifications, devices, deadLetters, requests, queues] = await Promise.all([
      this.notifications(),
      sumsByTwo(delivery.devicesTotal, 'platform', 'code'),
      sumsBy(delivery.deadLettersTotal, 'code'),
      sumsBy(delivery.fcmRequestsTotal, 'code'),
      this.queues.byName(),
    ]);
    return {
      service: 'push-service',
      version: VERSION,
      uptime_seconds: Math.round(process.uptime()),
      notifications,
      devices,
      dead_letters: deadLetters,
      fcm: { requests, sessions: transport.sessions, streams: transport.streams },
      circuit_breakers: Object.fromEntries(
        this.dependencies.all().map(({ name, state, failures }) => [name, { state, failures }]),
      ),
      intake: {
        in_flight: server.inFlight,
        waiting: server.waiting,
        window: server.currentLimit,
        paused: server.paused,
      },
      queues: queues ?? null,
      latency_ms: this.latency(),
      process: processMetrics(),
    };
  }

  private async notifications(): Promise<MetricsDocument['notifications']> {
    const { delivery } = this;
    const [received, byOutcome, byReason, redelivered, parked] = await Promise.all([
      total(delivery.receivedTotal),
      sumsBy(delivery.outcomesTotal, 'outcome'),
      sumsBy(delivery.outcomesTotal, 'reason'),
      total(delivery.redeliveriesTotal),
      sumsBy(delivery.parkedTotal, 'reason'),
    ]);
    delete byReason['none'];
    const zeros = Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, 0]));
    const { delivered = 0, rejected = 0, exhausted = 0 } = byOutcome;
    return {
      received,
      delivered,
      failed: rejected + exhausted,
      delivered_per_minute: delivery.recentDeliveries.total(),
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

async function sumsBy<L extends string>(
  counter: Counter<L>,
  label: L,
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { value, labels } of (await counter.get()).values) {
    const name = String(labels[label]);
    sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

async function sumsByTwo<L extends string>(
  counter: Counter<L>,
  first: L,
  second: L,
): Promise<Record<string, Record<string, number>>> {
  const sums: Record<string, Record<string, number>> = {};
  for (const { value, labels } of (await counter.get()).values) {
    (sums[String(labels[first])] ??= {})[String(labels[second])] = value;
  }
  return sums;
}

function processMetrics(): MetricsDocument['process'] {
  const { user, system } = process.cpuUsage();
  return {
    memory_mb: Math.round(process.memoryUsage.rss() / 1024 ** 2),
    cpu_seconds: Math.round((user + system) / 100_000) / 10,
    node: process.version,
  };
}
