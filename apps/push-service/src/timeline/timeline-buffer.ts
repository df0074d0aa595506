import { FirstAndLast } from './first-and-last';
import type { TimelineIds } from './journey';
import type { TimelineEvent } from './timeline-event.schema';

/** Events that wait to be written: some 10 MB, and ten times what a busy process has in one interval. */
const CAPACITY = 50_000;

/** What waits to be written of one request. */
export interface Pending {
  requestId: string;
  /** Where it is another than the request id. */
  notificationId?: string;
  events: FirstAndLast<TimelineEvent>;
}

/** Events that wait to be written, by request, of bounded number. */
export class TimelineBuffer {
  private pending = new Map<string, Pending>();
  private added = 0;

  constructor(private readonly capacity = CAPACITY) {}

  /** Events that have been added since it was emptied. */
  get size(): number {
    return this.added;
  }

  /** @returns false where there is no room: then nothing is added */
  add({ requestId, notificationId }: TimelineIds, events: readonly TimelineEvent[]): boolean {
    if (this.added + events.length > this.capacity) return false;
    this.added += events.length;
    const known = this.pending.get(requestId);
    const pending: Pending = known ?? { requestId, events: new FirstAndLast(events) };
    if (notificationId !== requestId) pending.notificationId = notificationId;
    if (known) for (const event of events) known.events.add(event);
    else this.pending.set(requestId, pending);
    return true;
  }

  /** Hands over all there is, and begins anew. */
  empty(): Pending[] {
    const all = [...this.pending.values()];
    this.pending = new Map();
    this.added = 0;
    return all;
  }
}
