import { Injectable } from '@nestjs/common';
import { FcmTransport } from '@push/fcm';
import { PushQueueServer, type QueueDepth } from '@push/queue';
import { Dependencies, type DependencyState } from '@push/resilience';
import { DeliveryMetrics } from './delivery.metrics';
import { QueueFigures } from './queue-figures';

/** The figures as a person reads them. Counts are since the start of this process. */
export interface MetricsDocument {
  service: 'push-service';
  uptime_seconds: number;
  notifications: {
    received: number;
    delivered: number;
    /** Rejected and exhausted together: what is in the dead-letter queue. */
    failed: number;
    delivered_per_minute: number;
    by_outcome: Record<string, number>;
    by_reason: Record<string, number>;
  };
  fcm: { requests: Record<string, number>; sessions: number };
  circuit_breakers: Record<string, { state: DependencyState; failures: number }>;
  intake: { in_flight: number; waiting: number; window: number; paused: boolean };
  /** Null while the broker cannot be asked. */
  queues: Record<string, QueueDepth> | null;
  /** Of the last deliveries; null while there are none. */
  latency_ms: Record<'p50' | 'p95' | 'p99', number | null> & { samples: number };
  process: { memory_mb: number; cpu_seconds: number; node: string };
}

const OUTCOMES = [
  'delivered',
  'duplicate',
  'skipped',
  'expired',
  'rejected',
  'exhausted',
  'deferred',
  'interrupted',
] as const;

/** Writes the figures down for a person. */
@Injectable()
export class MetricsWriter {
  constructor(
    private readonly delivery: DeliveryMetrics,
    private readonly server: PushQueueServer,
    private readonly transport: FcmTransport,
    private readonly dependencies: Dependencies,
    private readonly queues: QueueFigures,
  ) {}

  async write(): Promise<MetricsDocument> {
    const { server, transport } = this;
    const [notifications, requests, queues] = await Promise.all([
      this.notifications(),
      this.fcmRequests(),
      this.queues.byName(),
    ]);
    return {
      service: 'push-service',
      uptime_seconds: Math.round(process.uptime()),
      notifications,
      fcm: { requests, sessions: transport.sessions },
      circuit_breakers: Object.fromEntries(
        this.dependencies.all().map(({ name, state, failures }) => [name, { state, failures }]),
      ),
      intake: {
        in_flight: server.inFlight,
        waiting: server.waiting,
        window: server.window,
        paused: server.paused,
      },
      queues: queues ?? null,
      latency_ms: this.latency(),
      process: processFigures(),
    };
  }

  private async notifications(): Promise<MetricsDocument['notifications']> {
    const { receivedTotal, outcomesTotal, deliveredLately } = this.delivery;
    const [received, ended] = await Promise.all([receivedTotal.get(), outcomesTotal.get()]);
    const byOutcome: Record<string, number> = Object.fromEntries(OUTCOMES.map((kind) => [kind, 0]));
    const byReason: Record<string, number> = {};
    for (const { value, labels } of ended.values) {
      add(byOutcome, labels.outcome, value);
      if (labels.reason !== 'none') add(byReason, labels.reason, value);
    }
    return {
      received: received.values[0]?.value ?? 0,
      delivered: byOutcome['delivered'] ?? 0,
      failed: (byOutcome['rejected'] ?? 0) + (byOutcome['exhausted'] ?? 0),
      delivered_per_minute: deliveredLately.total(),
      by_outcome: byOutcome,
      by_reason: byReason,
    };
  }

  private async fcmRequests(): Promise<Record<string, number>> {
    const { values } = await this.delivery.fcmRequestsTotal.get();
    const byCode: Record<string, number> = {};
    for (const { value, labels } of values) add(byCode, labels.code, value);
    return byCode;
  }

  private latency(): MetricsDocument['latency_ms'] {
    const { latencies } = this.delivery;
    const inMs = (seconds?: number | null): number | null =>
      seconds == null ? null : Math.round(seconds * 1000);
    const [p50, p95, p99] = latencies.percentiles([0.5, 0.95, 0.99]);
    return { p50: inMs(p50), p95: inMs(p95), p99: inMs(p99), samples: latencies.size };
  }
}

function add(sums: Record<string, number>, key: string | number | undefined, value: number): void {
  const name = String(key);
  sums[name] = (sums[name] ?? 0) + value;
}

function processFigures(): MetricsDocument['process'] {
  const { user, system } = process.cpuUsage();
  return {
    memory_mb: Math.round(process.memoryUsage.rss() / 1024 ** 2),
    cpu_seconds: Math.round((user + system) / 100_000) / 10,
    node: process.version,
  };
}
