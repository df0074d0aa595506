import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Counter } from 'prom-client';
import type { TimelineEventDetails } from './timeline-event.schema';
import { TimelineConfig } from './timeline.config';
import {
  type PendingEvents,
  TimelineEvents,
  type TimelineIds,
  TimelineStore,
} from './timeline.store';

/** Events that wait to be written: some 10 MB, and ten times what a busy process has in one interval. */
const CAPACITY = 50_000;
const FLUSH_EVERY_MS = 50;
/** Longest wait at a shutdown. */
const SHUTDOWN_MS = 1000;

/**
 * Keeps for a while what happened to each notification. Events are written in the background, those of many requests
 * together. Nobody waits for it, and it fails nobody: what cannot be written is dropped and counted.
 */
@Injectable()
export class Timeline implements OnApplicationShutdown {
  /** Whether anything is kept. */
  readonly enabled: boolean;
  private readonly logger = new Logger(Timeline.name);
  private readonly dropped: Counter;
  private pending = new Map<string, PendingEvents>();
  private pendingCount = 0;
  private timer?: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: TimelineStore,
    config: TimelineConfig,
    { registry }: Metrics,
  ) {
    this.enabled = config.ttlSeconds > 0;
    this.dropped = new Counter({
      name: 'push_timeline_events_dropped_total',
      help: 'Events missing from timelines because Redis was down or slow; no notification is harmed by that',
      registers: [registry],
    });
  }

  /** Records one event of a request outside of the work on its message. */
  record(requestId: string, details: TimelineEventDetails): void {
    const events = new TimelineEvents();
    events.add({ at: Date.now(), ...details });
    this.write({ requestId, notificationId: requestId }, events);
  }

  /** Accepts events to be written within a moment. Never throws. */
  write({ requestId, notificationId }: TimelineIds, events: TimelineEvents): void {
    if (!this.enabled) return;
    const { length } = events.all;
    if (this.pendingCount + length > CAPACITY) {
      this.dropped.inc(length);
      return;
    }
    this.pendingCount += length;
    const known = this.pending.get(requestId);
    const pending: PendingEvents = known ?? { requestId, events };
    if (notificationId !== requestId) pending.notificationId = notificationId;
    if (known) for (const event of events.all) known.events.add(event);
    else this.pending.set(requestId, pending);
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Resolves when everything accepted so far is written or dropped. Never rejects. */
  flush(): Promise<void> {
    // One write after the other: while Redis is slow, the capacity is the bound.
    this.writing = this.writing.then(() => this.writeAll());
    return this.writing;
  }

  /** Not before: all work in flight has ended by now, and Redis is still connected. */
  async onApplicationShutdown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([this.flush(), limit]);
    clearTimeout(timer);
  }

  private async writeAll(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const all = [...this.pending.values()];
    this.pending = new Map();
    this.pendingCount = 0;
    const { maxRequestsPerWrite: size } = this.store;
    const batches: PendingEvents[][] = [];
    for (let from = 0; from < all.length; from += size) batches.push(all.slice(from, from + size));
    await Promise.all(batches.map((batch) => this.writeBatch(batch)));
  }

  private async writeBatch(batch: readonly PendingEvents[]): Promise<void> {
    try {
      await this.store.append(batch);
    } catch (error) {
      const events = batch.reduce((sum, pending) => sum + pending.events.all.length, 0);
      this.dropped.inc(events);
      this.logger.debug({ err: error, events }, 'Events of timelines could not be written');
    }
  }
}
