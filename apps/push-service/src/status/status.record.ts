import { Injectable } from '@nestjs/common';
import { Timeline } from '../timeline/timeline';
import type { TimelineEventDetails } from '../timeline/timeline-event.schema';
import { StatusMetrics, type StatusInHand } from './status.metrics';

/** A status event in hand, and what is noted of it. */
export interface StatusOnItsWay extends StatusInHand {
  /** The event, as JSON. */
  content: Buffer;
  /** Epoch milliseconds at which it came from its queue. */
  takenAt: number;
  /** Reports that were made. */
  tries: number;
}

/** Takes down how reports to the gateway go: in the figures, and in the timelines of their notifications. */
@Injectable()
export class StatusRecord {
  constructor(
    private readonly metrics: StatusMetrics,
    private readonly timeline: Timeline,
  ) {}

  /**
   * A status event has come from its queue. Tell `end` when it is in hand no longer.
   * @param since epoch milliseconds of its announcement
   */
  begin(content: Buffer, since: number): StatusOnItsWay {
    const status = { content, since, takenAt: Date.now(), tries: 0 };
    this.metrics.track(status);
    return status;
  }

  end(status: StatusOnItsWay): void {
    this.metrics.end(status);
  }

  /** The gateway took it. */
  taken(status: StatusOnItsWay): void {
    this.metrics.reported(status, 'taken');
    const { tries, takenAt } = status;
    this.keep(status, { event: 'reported', tries, ms: Date.now() - takenAt });
  }

  /** It has to be reported again. */
  failed(status: StatusOnItsWay): void {
    this.metrics.reported(status, 'failed');
  }

  /** The gateway refused it for good, and it is in the dead-letter queue. */
  buried(status: StatusOnItsWay, httpStatus: number, code: string): void {
    this.metrics.reported(status, 'refused');
    this.metrics.buried(code);
    this.keep(status, { event: 'report_refused', http_status: httpStatus });
  }

  /** By the event itself: an id in an AMQP property may have been cut. */
  private keep({ content }: StatusOnItsWay, happened: TimelineEventDetails): void {
    if (!this.timeline.enabled) return;
    const requestId = requestIdOf(content);
    if (requestId !== undefined) this.timeline.record(requestId, happened);
  }
}

function requestIdOf(content: Buffer): string | undefined {
  try {
    const event: unknown = JSON.parse(content.toString());
    const { request_id: requestId } = event as { request_id?: unknown };
    return typeof requestId === 'string' ? requestId : undefined;
  } catch {
    return undefined;
  }
}
