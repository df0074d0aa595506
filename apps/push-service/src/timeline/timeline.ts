import { Injectable } from '@nestjs/common';
import { FirstAndLast } from './first-and-last';
import { travel, type Journey, type TimelineIds } from './journey';
import type { TimelineEventDetails } from './timeline-event.schema';
import { TimelineConfig } from './timeline.config';
import { TimelineWriter } from './timeline-writer';

/** Keeps for a while what became of each notification. */
@Injectable()
export class Timeline {
  /** Whether anything is kept. */
  readonly enabled: boolean;

  constructor(
    private readonly writer: TimelineWriter,
    config: TimelineConfig,
  ) {
    this.enabled = config.ttlSeconds > 0;
  }

  /** Runs the work on one message, and keeps what was noted meanwhile. Resolves and rejects as the work. */
  async follow<T>(work: () => Promise<T>): Promise<T> {
    if (!this.enabled) return work();
    const journey: Journey = { events: new FirstAndLast() };
    try {
      return await travel(journey, work);
    } finally {
      if (journey.ids) this.writer.write(journey.ids, journey.events.all);
    }
  }

  /** Keeps something that happened to a request outside of the work on its message. */
  record(requestId: string, happened: TimelineEventDetails): void {
    if (!this.enabled) return;
    const ids: TimelineIds = { requestId, notificationId: requestId };
    this.writer.write(ids, [{ at: Date.now(), ...happened }]);
  }
}
