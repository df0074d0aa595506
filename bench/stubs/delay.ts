/** Runs work a set time later, in the order it came, with one timer for all of it. */
export class Delay {
  /** Milliseconds; 0 for at once. */
  ms = 0;
  private readonly waiting: { dueAt: number; work: () => void }[] = [];
  private next = 0;
  private timer?: NodeJS.Timeout;

  run(work: () => void): void {
    if (this.ms === 0 && this.next === this.waiting.length) {
      work();
      return;
    }
    this.waiting.push({ dueAt: performance.now() + this.ms, work });
    this.timer ??= setInterval(() => this.advance(), 1);
  }

  private advance(): void {
    const now = performance.now();
    for (let first = this.waiting[this.next]; first && first.dueAt <= now;) {
      first.work();
      this.next += 1;
      first = this.waiting[this.next];
    }
    if (this.next < this.waiting.length) return;
    this.waiting.length = 0;
    this.next = 0;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
