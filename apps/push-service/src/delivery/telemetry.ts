import { Injectable, Logger } from '@nestjs/common';
import type { SendResult } from '@push/fcm';
import { failSpan, inSpan, Scope } from '@push/observability';
import type { PushContext } from '@push/queue';
import { DeliveryMetrics, type Stage } from '../metrics/delivery.metrics';
import type { NotificationIds } from '../status/status.publisher';
import { Timeline } from '../timeline/timeline';
import type { TimelineEvent, TimelineEventDetails } from '../timeline/timeline-event.schema';
import { codeOf, INSTANCE, shortCode, TimelineEvents } from '../timeline/timeline.store';
import type { DeviceIdentity } from './device-results';
import type { Outcome } from './outcome';

/** Outcomes in which a message has failed, for good or for now. */
const FAILED: ReadonlySet<Outcome['kind']> = new Set(['rejected', 'exhausted', 'interrupted']);

/** Makes the record of one message: its spans, stage durations, metrics, timeline and log line. */
@Injectable()
export class Telemetry {
  readonly logger = new Logger('Delivery');

  constructor(
    readonly metrics: DeliveryMetrics,
    readonly timeline: Timeline,
  ) {}

  /** Counts a message that has come from the queue. */
  begin(context: PushContext): MessageTelemetry {
    return new MessageTelemetry(this, context);
  }
}

/** The record of one message. Every step of the pipeline is recorded here and nowhere else. */
export class MessageTelemetry {
  /** Known once the message is parsed; undefined where it is too broken to tell. */
  ids?: NotificationIds;
  private readonly events = new TimelineEvents();
  private readonly metrics: DeliveryMetrics;
  private readonly startedAt = Date.now();

  constructor(
    private readonly telemetry: Telemetry,
    private readonly context: PushContext,
  ) {
    const { publishedAt, redelivered, seenBefore, parkedCount } = context;
    this.metrics = telemetry.metrics;
    this.metrics.received();
    if (redelivered) this.metrics.redelivered();
    const queuedMs = publishedAt === undefined ? null : Math.max(0, Date.now() - publishedAt);
    // The time in the queue is observed once: of a copy or a redelivery it would include earlier work.
    if (queuedMs !== null && !seenBefore) this.metrics.stage('queued', queuedMs / 1000);
    this.record({
      event: 'received',
      queued_ms: queuedMs,
      redelivered,
      parked_count: parkedCount,
      instance: INSTANCE,
    });
  }

  /**
   * Runs one step of the pipeline in a span of its own and observes its duration, failures included.
   * @param eventOf makes the timeline's event of the result. @default no event is recorded
   */
  async step<T>(
    stage: Stage,
    work: () => Promise<T>,
    eventOf?: (result: T, ms: number) => TimelineEventDetails,
  ): Promise<T> {
    const startedAt = performance.now();
    try {
      const result = await inSpan(stage, work);
      if (eventOf) this.record(eventOf(result, Math.round(performance.now() - startedAt)));
      return result;
    } finally {
      this.metrics.stage(stage, (performance.now() - startedAt) / 1000);
    }
  }

  /** Observes a step that needs no waiting. */
  stepSync<T>(stage: Stage, work: () => T): T {
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      this.metrics.stage(stage, (performance.now() - startedAt) / 1000);
    }
  }

  /** Records an event of the timeline. */
  record(details: TimelineEventDetails): void {
    const event: TimelineEvent = { at: Date.now(), ...details };
    this.events.add(event);
  }

  /** FCM has answered one request. */
  fcmAnswered(identity: DeviceIdentity, result: SendResult, ms: number): void {
    const code = result.accepted ? 'OK' : result.code;
    this.metrics.fcmRequest(code, ms / 1000);
    this.record({ event: 'tried', ...identity, code: shortCode(code), ms: Math.round(ms) });
  }

  /** A worker continues what another one has left. */
  claimTakenOver(): void {
    this.metrics.claimTakenOver();
  }

  /** The broker has confirmed the dead letter. */
  deadLettered(code: string): void {
    this.metrics.deadLettered(code);
    this.record({ event: 'dead_lettered', code: shortCode(code) });
  }

  /** The message is requeued after an error. @param counted whether that counts towards giving it up */
  requeuedAfter(error: unknown, counted: boolean): void {
    this.record({ event: 'requeued', cause: codeOf(error), counted });
  }

  /** Reports the outcome to the metrics, the trace, the log and the timeline. Never throws. */
  end(outcome: Outcome): void {
    const { ids, metrics } = this;
    if (outcome.kind === 'deferred') metrics.parked(outcome.reason);
    // A message that came back from its delay queue too early has not been looked at.
    if (outcome.kind === 'deferred' && outcome.reason === 'not_yet_due') return;
    const durationMs = Math.max(0, Date.now() - (this.context.publishedAt ?? this.startedAt));
    const { level, message, reason = 'none', fields } = logLineOf(outcome);
    metrics.outcome(outcome.kind, reason);
    if (outcome.kind === 'delivered') metrics.delivered(durationMs / 1000);
    for (const { platform, error_code } of 'devices' in outcome ? outcome.devices : []) {
      metrics.device(platform, error_code ?? 'OK');
    }
    this.endSpan(outcome, reason);
    this.telemetry.logger[level](
      {
        correlation_id: ids?.correlationId,
        user_id: ids?.userId,
        request_id: ids?.requestId,
        outcome: outcome.kind,
        ...fields,
        duration_ms: durationMs,
      },
      message,
    );
    if (ids) this.telemetry.timeline.write(ids, this.events);
  }

  private endSpan({ kind }: Outcome, reason: string): void {
    const span = Scope.active?.span;
    if (span === undefined) return;
    span.setAttributes({
      'push.request_id': this.ids?.requestId,
      'push.outcome': kind,
      'push.reason': reason,
    });
    if (FAILED.has(kind)) failSpan(span, reason);
  }
}

/** The log line of an outcome: its level, its message, and the fields that belong to it. */
interface LogLine {
  level: 'debug' | 'log' | 'warn';
  message: string;
  /** From a closed set, for metrics. */
  reason?: string;
  fields?: object;
}

function logLineOf(outcome: Outcome): LogLine {
  switch (outcome.kind) {
    case 'delivered': {
      const { attempts, devices } = outcome;
      const fields = { devices: devices.length, attempts };
      return { level: 'log', message: 'Push notification delivered', fields };
    }
    case 'rejected':
    case 'exhausted': {
      const { code, error, attempts } = outcome;
      return {
        level: 'warn',
        message: 'Push notification failed; kept in the dead-letter queue',
        reason: code,
        fields: { error_code: code, error, attempts },
      };
    }
    case 'skipped':
      return { level: 'log', message: 'Push notification not wanted', reason: outcome.reason };
    case 'expired':
      return { level: 'log', message: 'Push notification expired before it was sent' };
    case 'duplicate':
      return { level: 'log', message: 'Push notification was handled before' };
    case 'deferred': {
      const { reason, delayMs } = outcome;
      const fields = { reason, delay_ms: delayMs };
      return { level: 'log', message: 'Push notification waits in the broker', reason, fields };
    }
    case 'interrupted': {
      const { cause } = outcome;
      return {
        level: 'debug',
        message: 'Push notification requeued',
        reason: cause,
        fields: { cause },
      };
    }
    default:
      return outcome satisfies never;
  }
}
