/** Something that ends by itself in time, or is ended. */
export interface Expiring {
  expire(): void;
}

/**
 * One deadline for many, each the same time after its beginning: so whoever began first is due first, and one timer does
 * for all. A timer and an AbortSignal for each exchange cost more CPU than all else that is ours of it.
 */
export class Deadlines {
  /** When each is due, the next one first. */
  private readonly due = new Map<Expiring, number>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly afterMs: number) {}

  begin(one: Expiring): void {
    this.due.set(one, performance.now() + this.afterMs);
    this.timer ??= this.timerIn(this.afterMs);
  }

  end(one: Expiring): void {
    this.due.delete(one);
  }

  private expireDue(): void {
    this.timer = undefined;
    // Those that begin meanwhile come last, and are not due.
    for (const [one, dueAt] of this.due) {
      const leftMs = dueAt - performance.now();
      if (leftMs > 0) {
        this.timer ??= this.timerIn(leftMs);
        return;
      }
      this.due.delete(one);
      one.expire();
    }
  }

  /** Keeps no process alive: what is waited for does. */
  private timerIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.expireDue(), Math.ceil(ms)).unref();
  }
}
