import type { QueueDepth } from '@push/queue';
import type { DependencyState } from '@push/resilience';

/** The figures as a person reads them. Counts are since the start of this process. */
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
    /** Messages that had to wait in the broker, by why. */
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

/** Every kind of outcome, so that a document is complete before anything has happened. */
export const OUTCOMES = [
  'delivered',
  'duplicate',
  'skipped',
  'expired',
  'rejected',
  'exhausted',
  'deferred',
  'interrupted',
] as const;
