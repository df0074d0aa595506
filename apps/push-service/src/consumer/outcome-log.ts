import { Injectable, Logger } from '@nestjs/common';
import type { PushContext } from '@push/queue';
import type { Outcome } from '../delivery/outcome';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { describeEnd } from './outcome-span';
import type { NotificationIds } from '../status/status-events';

/** One line of the log: how loud, what, and the fields that go with it. */
interface Line {
  level: 'debug' | 'log' | 'warn';
  message: string;
  /** Closed set, for metrics. */
  reason?: string;
  fields?: object;
}

/** Tells people, Prometheus and the trace how each message ended. */
@Injectable()
export class OutcomeLog {
  private readonly logger = new Logger('Delivery');

  constructor(private readonly metrics: DeliveryMetrics) {}

  /** Counts a message that has come from the queue. Its time there is told once: later it would be that of its way. */
  received({ publishedAt, redelivered, seenBefore }: PushContext): void {
    this.metrics.received();
    if (redelivered) this.metrics.redelivered();
    if (publishedAt === undefined || seenBefore) return;
    this.metrics.stage('queued', Math.max(0, Date.now() - publishedAt) / 1000);
  }

  /** Counts a message that had come back before its time, and waits on. */
  tooEarly(): void {
    this.metrics.parked('not_yet_due');
  }

  /** @param since epoch milliseconds of the message's publication, else of its arrival */
  note(outcome: Outcome, ids: NotificationIds | undefined, since: number): void {
    const durationMs = Math.max(0, Date.now() - since);
    const { level, message, reason = 'none', fields } = lineOf(outcome);
    this.metrics.outcome(outcome.kind, reason);
    describeEnd(outcome, reason, ids?.requestId);
    if (outcome.kind === 'delivered') this.metrics.delivered(durationMs / 1000);
    if (outcome.kind === 'deferred') this.metrics.parked(outcome.reason);
    for (const { platform, error_code } of 'devices' in outcome ? outcome.devices : []) {
      this.metrics.device(platform, error_code ?? 'OK');
    }
    this.logger[level](
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
  }
}

function lineOf(outcome: Outcome): Line {
  switch (outcome.kind) {
    case 'delivered': {
      const { attempts, devices } = outcome;
      const fields = { devices: devices.length, attempts };
      return { level: 'log', message: 'Push notification delivered', fields };
    }
    case 'rejected':
    case 'exhausted': {
      const { code, error, attempts } = outcome;
      const message = 'Push notification failed; kept in the dead-letter queue';
      return {
        level: 'warn',
        message,
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
      const message = 'Push notification went back to the queue';
      return { level: 'debug', message, reason: cause, fields: { cause } };
    }
    default:
      return outcome satisfies never;
  }
}
