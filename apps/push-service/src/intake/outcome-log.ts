import { Injectable, Logger } from '@nestjs/common';
import type { Outcome } from '../delivery/outcome';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { NotificationIds } from '../status/status-events';

/** Tells people and Prometheus how each message ended. */
@Injectable()
export class OutcomeLog {
  private readonly logger = new Logger('Delivery');

  constructor(private readonly metrics: DeliveryMetrics) {}

  /** @param since epoch milliseconds of the message's publication, else of its arrival */
  note(outcome: Outcome, ids: NotificationIds | undefined, since: number): void {
    const durationMs = Math.max(0, Date.now() - since);
    this.metrics.outcome(outcome.kind, reasonOf(outcome));
    const fields = {
      correlation_id: ids?.correlationId,
      user_id: ids?.userId,
      request_id: ids?.requestId,
      outcome: outcome.kind,
    };
    switch (outcome.kind) {
      case 'delivered':
        this.metrics.observeLatency(durationMs / 1000);
        { this.logger.log(
          {
            ...fields,
            devices: outcome.devices.length,
            attempts: outcome.attempts,
            duration_ms: durationMs,
          },
          'Push notification delivered',
        ); return; }
      case 'rejected':
      case 'exhausted':
        { this.logger.warn(
          { ...fields, error_code: outcome.code, error: outcome.error, attempts: outcome.attempts },
          'Push notification failed; kept in the dead-letter queue',
        ); return; }
      case 'skipped':
      case 'expired':
        { this.logger.log(fields, 'Push notification not sent'); return; }
      case 'duplicate':
        { this.logger.log(fields, 'Push notification was handled before'); return; }
      case 'deferred':
        { this.logger.log(
          { ...fields, reason: outcome.reason, delay_ms: outcome.delayMs },
          'Push notification waits in the broker',
        ); return; }
      case 'interrupted':
        { this.logger.debug(
          { ...fields, cause: outcome.cause },
          'Push notification went back to the queue',
        ); return; }
      default:
        return outcome satisfies never;
    }
  }
}

function reasonOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'rejected':
    case 'exhausted':
      return outcome.code;
    case 'skipped':
    case 'deferred':
      return outcome.reason;
    case 'interrupted':
      return outcome.cause;
    case 'delivered':
    case 'expired':
    case 'duplicate':
      return 'none';
    default:
      return outcome satisfies never;
  }
}
