import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { TimelineIds } from './journey';
import { TimelineBuffer, type Pending } from './timeline-buffer';
import type { TimelineEvent } from './timeline-event.schema';
import { TimelineMetrics } from './timeline.metrics';
import { TimelineStore } from './timeline-store';

const FLUSH_EVERY_MS = 50;
/** Longest wait at a shutdown. */
const SHUTDOWN_MS = 1000;

/**
 * Writes events behind the back of the work, those of many requests together. Nobody waits for it, and it fails nobody:
 * what cannot be written is dropped and counted.
 */
@Injectable()
export class TimelineWriter implements OnApplicationShutdown {
  private readonly logger = new Logger(TimelineWriter.name);
  private readonly buffer = new TimelineBuffer();
  private timer?: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: TimelineStore,
    private readonly metrics: TimelineMetrics,
  ) {}

  /** Takes events to be written within a moment. Never throws. */
  write(ids: TimelineIds, events: readonly TimelineEvent[]): void {
    if (!this.buffer.add(ids, events)) this.metrics.dropped(events.length);
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Resolves when all that has been taken is written or dropped. Never rejects. */
  flush(): Promise<void> {
    // One after the other: while Redis is slow, the buffer is the bound.
    this.writing = this.writing.then(() => this.writeAll());
    return this.writing;
  }

  /** Not before: the work in hand has come to its end by now, and Redis is still there. */
  async onApplicationShutdown(): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const inTime = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([this.flush(), inTime]);
    clearTimeout(patience);
  }

  private async writeAll(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const all = this.buffer.empty();
    const { atOnce } = this.store;
    const batches: Pending[][] = [];
    for (let from = 0; from < all.length; from += atOnce) {
      batches.push(all.slice(from, from + atOnce));
    }
    await Promise.all(batches.map((batch) => this.append(batch)));
  }

  private async append(batch: readonly Pending[]): Promise<void> {
    try {
      await this.store.append(batch);
    } catch (error) {
      const events = batch.reduce((sum, pending) => sum + pending.events.all.length, 0);
      this.metrics.dropped(events);
      this.logger.debug({ err: error, events }, 'Events of timelines could not be written');
    }
  }
}
