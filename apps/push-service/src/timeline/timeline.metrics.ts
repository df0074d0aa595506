import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter } from 'prom-client';

/** The figures of timelines. */
@Injectable()
export class TimelineMetrics {
  private readonly droppedTotal: Counter;

  constructor({ registry }: Metrics) {
    this.droppedTotal = new Counter({
      name: 'push_timeline_events_dropped_total',
      help: 'Events missing from timelines because Redis was away or slow; no notification is harmed by that',
      registers: [registry],
    });
  }

  dropped(events: number): void {
    this.droppedTotal.inc(events);
  }
}
