import type { Channel } from 'amqplib';
import type { PushContext } from './push-context';
import type { SlowStart } from './slow-start';

/** The messages that were delivered to us: those in hand, never more than the window, and those that wait for room. */
export class DeliveryWindow {
  private queue: PushContext[] = [];
  private inHand = 0;
  private held = false;
  private timer?: NodeJS.Timeout;
  private readonly emptied = new Set<() => void>();

  constructor(
    private readonly slowStart: SlowStart,
    private readonly begin: (context: PushContext) => void,
  ) {}

  get inFlight(): number {
    return this.inHand;
  }

  get waiting(): number {
    return this.queue.length;
  }

  add(context: PushContext): void {
    this.queue.push(context);
    this.advance();
  }

  /** One that was in hand is settled. */
  done(): void {
    this.inHand -= 1;
    if (this.inHand === 0) {
      this.slowStart.rest();
      for (const resolve of this.emptied) resolve();
      this.emptied.clear();
    }
    this.advance();
  }

  /** Begins no more of those that wait. */
  hold(): void {
    this.held = true;
    clearTimeout(this.timer);
  }

  release(): void {
    this.held = false;
    this.advance();
  }

  /** Those that wait, which wait here no longer. */
  takeWaiting(): PushContext[] {
    return this.queue.splice(0);
  }

  /** Forgets those that wait on a channel that is gone: the broker delivers them again. */
  forget(channel: Channel): void {
    this.queue = this.queue.filter((context) => context.channel !== channel);
  }

  /** Resolves when nothing is in hand. */
  async empty(): Promise<void> {
    if (this.inHand > 0) await new Promise<void>((resolve) => this.emptied.add(resolve));
  }

  /** Begins as many of those that wait as there is room for. */
  advance(): void {
    clearTimeout(this.timer);
    if (this.held) return;
    if (this.inHand === 0 && this.queue.length > 0) this.slowStart.wake();
    while (this.inHand < this.slowStart.window) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.inHand += 1;
      this.begin(next);
    }
    this.advanceLater();
  }

  /** The window may grow while nothing is settled and nothing comes. */
  private advanceLater(): void {
    const { growsInMs } = this.slowStart;
    if (growsInMs === undefined || this.queue.length === 0) return;
    this.timer = setTimeout(() => this.advance(), growsInMs);
    this.timer.unref();
  }
}
