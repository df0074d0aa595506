/** Messages in hand at most to begin with, and by how many more each time. */
export const STEP = 100;
/** Least milliseconds between two looks: long enough for a collection of garbage or a late answer not to decide one. */
const LOOK_MS = 250;
/** Share of the reach that has to be in hand for it to count as full: what is on its way to us and back is missing. */
const FULL_SHARE = 0.9;
/** Share of time above which the event loop has none left: more in hand would only wait for it. */
const BUSY_SHARE = 0.85;
/** Milliseconds in hand up to which a message waits for a neighbour's latency, and not for a neighbour that is overloaded. */
const BRISK_MS = 1000;
/** Milliseconds in hand above which fewer at once are better: the user service's deadline is 3000. */
const CROWDED_MS = 2500;
/** Looks after which it is asked whether fewer would do: ten seconds of work. Rest does not count. */
const REVIEW_LOOKS = 40;
/** Share of the time between two reviews above which the event loop was what messages waited for: fewer do as well. */
const SATURATED_SHARE = 0.95;

/** What tells whether more messages in hand would help. */
export interface ReachSenses {
  /** Milliseconds, of a clock that only goes forward. */
  now: () => number;
  /** Share of the time since the last call in which the event loop was busy, 0 to 1. */
  busyShare: () => number;
}

export interface ReachOptions {
  /** Messages in hand at most, ever. */
  most: number;
  onChange: () => void;
}

/** How things were when a message was settled. */
export interface Settled {
  /** Messages in hand, this one included. */
  inHand: number;
  /** Messages that may be worked on at once just now. */
  window: number;
  /** Whether it was settled well. */
  succeeded: boolean;
}

type Finding = 'more would help' | 'too many' | 'enough';

/**
 * How many messages may be in hand at most just now: the first 100, and 100 more, up to the most, each time that two
 * looks in a row find them all in hand, the event loop with time left, and each message through within a second. So
 * slow answers of FCM are met by more at once, and a process or a neighbour that has enough to do is not. Every ten
 * seconds of work it gives back a hundred that only waited for the event loop, and starts over where fewer have done; at
 * once where messages take too long. A rest tells nothing: the next campaign meets the same FCM. Looks are made as
 * messages are settled: no timer, and nothing to do at rest.
 */
export class Reach {
  private most: number;
  private reach: number;
  private lookedAt: number;
  private found: Finding = 'enough';
  /** Since the last look: messages settled well, most in hand, whether the reach was full. */
  private well = 0;
  private peak = 0;
  private full = false;
  /** Since the last review, or change: looks, their busy shares together, most in hand. */
  private looks = 0;
  private busy = 0;
  private highest = 0;

  constructor(
    private readonly options: ReachOptions,
    private readonly senses: ReachSenses = { now: () => performance.now(), busyShare: busyShare() },
  ) {
    this.most = options.most;
    this.reach = this.first;
    this.lookedAt = senses.now();
  }

  /** Messages that may be in hand once the window has grown to it. */
  get current(): number {
    return this.reach;
  }

  /** Changes how far it may grow. Where that is less than the first, the first is less too. */
  setMost(most: number): void {
    this.most = most;
    this.change(Math.max(this.first, Math.min(this.reach, most)));
  }

  /** Starts over. */
  restart(): void {
    this.found = 'enough';
    this.change(this.first);
  }

  /** A message was settled. */
  settled({ inHand, window, succeeded }: Settled): void {
    if (succeeded) this.well += 1;
    this.peak = Math.max(this.peak, inHand);
    this.full ||= window >= this.reach && inHand >= FULL_SHARE * this.reach;
    const now = this.senses.now();
    if (now - this.lookedAt >= LOOK_MS) this.look(now);
  }

  private get first(): number {
    return Math.min(STEP, this.most);
  }

  private look(now: number): void {
    const busy = this.senses.busyShare();
    const finding = this.finding(now - this.lookedAt, busy);
    const twice = finding === this.found;
    this.looks += 1;
    this.busy += busy;
    this.highest = Math.max(this.highest, this.peak);
    this.found = finding;
    this.lookedAt = now;
    this.well = this.peak = 0;
    this.full = false;
    if (twice && finding === 'more would help') this.grow();
    else if (twice && finding === 'too many') this.restart();
    else if (this.looks >= REVIEW_LOOKS) this.review();
  }

  private finding(elapsedMs: number, busy: number): Finding {
    if (!this.full) return 'enough';
    // Little's law: as long as all those in hand take at the pace of the last look.
    const eachMs = (Math.max(this.reach, this.peak) * elapsedMs) / this.well;
    if (eachMs > CROWDED_MS) return 'too many';
    return eachMs <= BRISK_MS && busy <= BUSY_SHARE ? 'more would help' : 'enough';
  }

  /** Whether fewer would have done. */
  private review(): void {
    const { looks, busy, highest } = this;
    this.startReview();
    if (highest <= this.reach - STEP) this.restart();
    else if (busy / looks > SATURATED_SHARE) this.change(Math.max(this.first, this.reach - STEP));
  }

  private startReview(): void {
    this.looks = this.busy = this.highest = 0;
  }

  private grow(): void {
    this.found = 'enough';
    this.change(Math.min(this.reach + STEP, this.most));
  }

  private change(reach: number): void {
    if (reach === this.reach) return;
    this.reach = reach;
    this.startReview();
    this.options.onChange();
  }
}

/** The event loop's utilization since the last call, or since this one. */
function busyShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
