import type { IntakeActivity, QueueDepth } from '@push/queue';

/** Milliseconds that intake may be dead to the world before it is called so: longer than any reconnect takes. */
const SILENCE_MS = 120_000;

export interface IntakeVigilOptions {
  /** @default 120000 */
  silenceMs?: number;
  /** Milliseconds, of a clock that only goes forward. @default performance.now */
  now?: () => number;
}

/**
 * Tells an intake that is silently dead from one that is idle, held back or busy. Only what is certain counts, since the
 * answer to it is a restart: an idle queue, a pause, an outage, a slow FCM and a broker that refuses us are none of it.
 */
export class IntakeVigil {
  private readonly silenceMs: number;
  private readonly now: () => number;
  private seen = '';
  /** Since when nothing at all has happened, though something should. */
  private since?: number;
  /** Fewest messages seen ready in that time. */
  private fewest?: number;
  private consumersOpen = false;
  private unbegun = false;
  /** Since when there are messages that came in that time, and were handed to nobody. */
  private unheardSince?: number;

  constructor({ silenceMs = SILENCE_MS, now = () => performance.now() }: IntakeVigilOptions = {}) {
    this.silenceMs = silenceMs;
    this.now = now;
  }

  /** @param depth what the broker says of the queue, where it was asked and answered */
  look(activity: IntakeActivity, depth?: QueueDepth): void {
    const seen = JSON.stringify(activity);
    const changed = seen !== this.seen;
    this.seen = seen;
    // Work in hand may take as long as it takes: it is FCM's, or another dependency's, to end it.
    if (!activity.linked || !activity.wanted || activity.inFlight > 0) {
      this.startOver(undefined);
      return;
    }
    if (changed || this.since === undefined) this.startOver(this.now());
    this.consumersOpen = activity.consumers > 0;
    this.unbegun = activity.waiting > 0;
    if (depth !== undefined) this.weigh(depth, activity.consumers);
  }

  /** Why intake is dead; undefined while it is not known to be. */
  get problem(): string | undefined {
    if (this.lasts(this.unheardSince)) {
      return 'messages arrive in the queue and are handed to nobody, though our consumers are open';
    }
    if (!this.lasts(this.since)) return undefined;
    if (!this.consumersOpen) return 'no consumer is open, though nothing holds intake back';
    return this.unbegun ? 'messages were received and are not begun' : undefined;
  }

  /**
   * Messages that stay ready prove nothing: a quorum queue without its majority shows them too, and another consumer may
   * have precedence. Messages that *came* prove that the queue works, and are ours where nobody else consumes it.
   */
  private weigh({ messages, consumers }: QueueDepth, ours: number): void {
    const came = this.fewest !== undefined && messages > this.fewest;
    this.fewest = Math.min(messages, this.fewest ?? messages);
    if (messages === 0 || consumers > ours) this.unheardSince = undefined;
    else if (came) this.unheardSince ??= this.now();
  }

  private startOver(at: number | undefined): void {
    this.since = at;
    this.fewest = undefined;
    this.unheardSince = undefined;
  }

  private lasts(since: number | undefined): boolean {
    return since !== undefined && this.now() - since >= this.silenceMs;
  }
}
