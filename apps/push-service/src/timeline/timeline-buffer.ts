import type { EventText } from './event-text';
import { FIRST, LAST } from './first-and-last';
import type { TimelineIds } from './journey';
import type { TimelineEvent } from './timeline-event.schema';

/** Events that wait to be written: some 10 MB, and ten times what a busy process has in one interval. */
const CAPACITY = 50_000;

/** What waits to be written of one request. */
export interface Pending {
  requestId: string;
  /** Where it is another than the request id. */
  notificationId?: string;
  /** Its events, with commas between them: one text for all, as it outlives garbage collections, which pay by the piece. */
  events: string;
  /** How many these are. */
  count: number;
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
  add({ requestId, notificationId }: TimelineIds, events: readonly EventText[]): boolean {
    if (this.added + events.length > this.capacity) return false;
    this.added += events.length;
    const pending = this.pendingOf(requestId);
    pending.events += (pending.count === 0 ? '' : ',') + events.join(',');
    pending.count += events.length;
    if (pending.count > FIRST + LAST) shorten(pending);
    if (notificationId !== requestId) pending.notificationId = notificationId;
    return true;
  }

  /** Hands over all there is, and begins anew. */
  empty(): Pending[] {
    const all = [...this.pending.values()];
    this.pending = new Map();
    this.added = 0;
    return all;
  }

  private pendingOf(requestId: string): Pending {
    const known = this.pending.get(requestId);
    if (known) return known;
    const pending = { requestId, notificationId: undefined, events: '', count: 0 };
    this.pending.set(requestId, pending);
    return pending;
  }
}

/** Leaves the middle out. It is seldom that a request has that many. */
function shorten(pending: Pending): void {
  const all = JSON.parse(`[${pending.events}]`) as TimelineEvent[];
  const kept = [...all.slice(0, FIRST), ...all.slice(-LAST)];
  pending.events = JSON.stringify(kept).slice(1, -1);
  pending.count = kept.length;
}
