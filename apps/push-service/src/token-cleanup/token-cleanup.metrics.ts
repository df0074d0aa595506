import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter, Gauge } from 'prom-client';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenSafetyThreshold } from './token-safety-threshold';

/**
 * How a dead token left the queue: the user service accepted or refused the report; the safety threshold was exceeded; or
 * there was no room, or no attempt succeeded.
 */
const OUTCOMES = ['reported', 'refused', 'discarded', 'dropped'] as const;
export type ReportOutcome = (typeof OUTCOMES)[number];

/** The metrics of dead tokens. */
@Injectable()
export class TokenCleanupMetrics {
  private readonly reportsTotal: Counter<'outcome'>;

  constructor({ registry }: Metrics, queue: DeadTokenQueue, threshold: TokenSafetyThreshold) {
    const registers = [registry];
    this.reportsTotal = new Counter({
      name: 'push_token_reports_total',
      help: 'Dead tokens by the outcome of their report to the user service',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.reportsTotal.inc({ outcome }, 0);
    new Gauge({
      name: 'push_token_reports_waiting',
      help: 'Dead tokens that wait to be reported to the user service',
      registers,
      collect() {
        this.set(queue.size);
      },
    });
    new Gauge({
      name: 'push_token_brake_engaged',
      help: '1 while FCM refuses so many tokens that none is reported',
      registers,
      collect() {
        this.set(Number(threshold.engaged));
      },
    });
  }

  ended(outcome: ReportOutcome): void {
    this.reportsTotal.inc({ outcome });
  }
}
