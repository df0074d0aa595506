import { Line, type InLine } from './line';

/** Something that is over after a while at the latest. */
export interface Expiring extends InLine<Expiring> {
  /** Called once, unless it was taken out before. */
  expire(): void;
  /** On the clock of `performance.now`, from when it begins. */
  dueAt?: number;
}

/**
 * What is under way, each for the same time at most. The first to begin is the first to expire, so one timer does for
 * all: one each is set and cleared for nothing nearly always, and costs more than the rest of a request that is ours.
 */
export class Deadlines {
  /** In the order of their deadlines. */
  private readonly underWay = new Line<Expiring>();
  private timer?: NodeJS.Timeout;
  private whenEmpty?: () => void;

  constructor(private readonly timeoutMs: number) {}

  /** It is under way from now on. */
  begin(one: Expiring): void {
    one.dueAt = performance.now() + this.timeoutMs;
    this.underWay.add(one);
    // Not what keeps a process alive: that is the connections.
    this.timer ??= setTimeout(() => this.expire(), this.timeoutMs).unref();
  }

  /** It is over. */
  end(one: Expiring): void {
    this.underWay.delete(one);
    if (this.underWay.first === undefined) this.whenEmpty?.();
  }

  /** Resolves once nothing is under way. */
  async empty(): Promise<void> {
    if (this.underWay.first) await new Promise<void>((resolve) => (this.whenEmpty = resolve));
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private expire(): void {
    this.timer = undefined;
    for (let one = this.underWay.first; one; one = this.underWay.first) {
      // Timers may be early by less than a millisecond.
      const restMs = Math.ceil((one.dueAt ?? 0) - performance.now());
      if (restMs > 0) {
        this.timer ??= setTimeout(() => this.expire(), restMs).unref();
        return;
      }
      this.end(one);
      one.expire();
    }
  }
}
