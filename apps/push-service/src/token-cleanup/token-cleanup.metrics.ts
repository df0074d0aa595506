import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter, Gauge } from 'prom-client';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenSafetyThreshold } from './token-safety-threshold';

/**
 * How a dead token left the queue: the user service took the report or refused it; the brake discarded it; it was dropped
 * because there was no room or no try succeeded.
 */
const ENDS = ['reported', 'refused', 'discarded', 'dropped'] as const;
export type ReportEnd = (typeof ENDS)[number];

/** The figures of dead tokens. */
@Injectable()
export class TokenCleanupMetrics {
  private readonly reportsTotal: Counter<'outcome'>;

  constructor({ registry }: Metrics, queue: DeadTokenQueue, brake: TokenSafetyThreshold) {
    const registers = [registry];
    this.reportsTotal = new Counter({
      name: 'push_token_reports_total',
      help: 'Dead tokens by what became of their report to the user service',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of ENDS) this.reportsTotal.inc({ outcome }, 0);
    new Gauge({
      name: 'push_token_reports_waiting',
      help: 'Dead tokens held, or on their way to the user service',
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
        this.set(Number(brake.engaged));
      },
    });
  }

  ended(outcome: ReportEnd): void {
    this.reportsTotal.inc({ outcome });
  }
}
