import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter } from 'prom-client';
import { BoundedCounter } from './bounded-counter';

/** What befalls a message on any but the straight way. */
@Injectable()
export class DetourMetrics {
  readonly redeliveriesTotal: Counter;
  readonly parkedTotal: BoundedCounter<'reason'>;
  readonly deadLettersTotal: BoundedCounter<'code'>;
  private readonly takeOversTotal: Counter;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.redeliveriesTotal = new Counter({
      name: 'push_redeliveries_total',
      help: 'Messages that the broker had delivered before, to anyone; given back in an outage, too',
      registers,
    });
    this.takeOversTotal = new Counter({
      name: 'push_claims_taken_over_total',
      help: 'Claims whose holder had let its lease run out: it crashed, was killed, or was cut off',
      registers,
    });
    this.parkedTotal = new BoundedCounter({
      name: 'push_parked_total',
      help: 'Messages put into a delay queue by why they have to wait',
      labelNames: ['reason'],
      registers,
    });
    this.deadLettersTotal = new BoundedCounter({
      name: 'push_dead_letters_total',
      help: 'Dead letters that the broker has confirmed, by error code',
      labelNames: ['code'],
      registers,
    });
  }

  redelivered(): void {
    this.redeliveriesTotal.inc();
  }

  /** A worker goes on with what another has left. */
  takenOver(): void {
    this.takeOversTotal.inc();
  }

  /** @param reason why it waits, from a closed set */
  parked(reason: string): void {
    this.parkedTotal.count({ reason });
  }

  /** @param code of its error */
  buried(code: string): void {
    this.deadLettersTotal.count({ code });
  }
}
