/** Something that is over after a while at the latest. */
export interface Expiring {
  /** Called once, unless it was taken out before. */
  expire(): void;
}

/**
 * What is under way, each for the same time at most. The first to begin is the first to expire, so one timer does for
 * all: one each is set and cleared for nothing nearly always, and costs more than the rest of a request that is ours.
 */
export class Deadlines {
  /** In the order of their deadlines, which are in milliseconds of `performance.now()`. */
  private readonly underWay = new Map<Expiring, number>();
  private timer?: NodeJS.Timeout;
  private whenEmpty?: () => void;

  constructor(private readonly timeoutMs: number) {}

  /** It is under way from now on. */
  begin(one: Expiring): void {
    this.underWay.set(one, performance.now() + this.timeoutMs);
    // Not what keeps a process alive: that is the connections.
    this.timer ??= setTimeout(() => this.expire(), this.timeoutMs).unref();
  }

  /** It is over. */
  end(one: Expiring): void {
    this.underWay.delete(one);
    if (this.underWay.size === 0) this.whenEmpty?.();
  }

  /** Resolves once nothing is under way. */
  async empty(): Promise<void> {
    if (this.underWay.size > 0) await new Promise<void>((resolve) => (this.whenEmpty = resolve));
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private expire(): void {
    this.timer = undefined;
    for (const [one, deadline] of this.underWay) {
      // Timers may be early by less than a millisecond.
      const restMs = Math.ceil(deadline - performance.now());
      if (restMs > 0) {
        this.timer ??= setTimeout(() => this.expire(), restMs).unref();
        return;
      }
      this.end(one);
      one.expire();
    }
  }
}
