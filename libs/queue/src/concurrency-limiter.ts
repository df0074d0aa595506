export interface ConcurrencyLimits {
  /** Limit at the start and after each restart. */
  initial: number;
  /** The most that the limit grows to. */
  max: number;
  /** Milliseconds with nothing in flight after which it starts over. */
  idleMs: number;
  /** Milliseconds over which the limit may rise from `initial` to `max` after a recovery; 0 for no such ramp. @default 0 */
  rampUpMs?: number;
}

/**
 * Limits how many messages are in flight; the others wait. Slow start: few at first, one more with each success, so that
 * a dependency that has just recovered, or was idle for a while, is not met by everything at once. TCP does the same (RFC
 * 5681, slow start and restart window). After a recovery there is a ramp too: whatever the successes, the limit stays
 * below a line that rises for `rampUpMs`.
 */
export class ConcurrencyLimiter<T> {
  private readonly queue: T[] = [];
  private running = 0;
  private held = false;
  private initial: number;
  private max: number;
  /** The limit that successes have earned. */
  private earned: number;
  private idleSince?: number;
  private recoveredAt?: number;
  private timer?: NodeJS.Timeout;
  private readonly whenIdle = new Set<() => void>();

  /** @param start begins the work on a message; whoever ends it calls `done` */
  constructor(
    private readonly limits: ConcurrencyLimits,
    private readonly start: (item: T) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.max = limits.max;
    this.initial = Math.max(1, Math.min(limits.initial, limits.max));
    this.earned = this.initial;
  }

  get inFlight(): number {
    return this.running;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Messages that may be in flight at present. */
  get limit(): number {
    return Math.min(this.earned, this.ramp());
  }

  /** Starts the work on a message, now or when there is room. */
  add(item: T): void {
    this.queue.push(item);
    this.advance();
  }

  /** The work on a message has ended. */
  done(succeeded: boolean): void {
    if (succeeded && this.earned < this.max) this.earned += 1;
    this.running -= 1;
    if (this.running === 0) {
      this.idleSince = this.now();
      for (const resolve of this.whenIdle) resolve();
      this.whenIdle.clear();
    }
    this.advance();
  }

  /** Starts no more of the waiting messages. */
  hold(): void {
    this.held = true;
    clearTimeout(this.timer);
  }

  /** Ends `hold`, with the initial limit. @param rampUp whether something has recovered */
  release(rampUp: boolean): void {
    this.held = false;
    this.earned = this.initial;
    if (rampUp) this.recoveredAt = this.now();
    this.advance();
  }

  /** Removes the waiting messages, and returns them. */
  takeWaiting(): T[] {
    return this.queue.splice(0);
  }

  /** Changes the most that the limit grows to; one that has grown beyond it shrinks at once. */
  setMax(max: number): void {
    this.max = max;
    this.initial = Math.max(1, Math.min(this.limits.initial, max));
    this.earned = Math.max(this.initial, Math.min(this.earned, max));
    this.advance();
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.whenIdle.add(resolve));
  }

  private advance(): void {
    clearTimeout(this.timer);
    if (this.held || this.queue.length === 0) return;
    if (this.running === 0) this.restartAfterIdling();
    while (this.running < this.limit) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.running += 1;
      this.start(next);
    }
    this.advanceWithRamp();
  }

  private restartAfterIdling(): void {
    if (this.idleSince === undefined) return;
    if (this.now() - this.idleSince >= this.limits.idleMs) this.earned = this.initial;
    this.idleSince = undefined;
  }

  private ramp(): number {
    if (this.recoveredAt === undefined) return this.max;
    const { rampUpMs = 0 } = this.limits;
    const elapsedMs = this.now() - this.recoveredAt;
    if (elapsedMs >= rampUpMs) return this.max;
    return Math.floor(this.initial + ((this.max - this.initial) * elapsedMs) / rampUpMs);
  }

  /** The ramp rises while no message is settled and none arrives. */
  private advanceWithRamp(): void {
    const ramp = this.ramp();
    if (this.recoveredAt === undefined || this.earned <= ramp || this.queue.length === 0) return;
    const { rampUpMs = 0 } = this.limits;
    const share = (ramp + 1 - this.initial) / (this.max - this.initial);
    const risesInMs = share * rampUpMs - (this.now() - this.recoveredAt);
    this.timer = setTimeout(() => this.advance(), Math.max(1, Math.ceil(risesInMs))).unref();
  }
}
