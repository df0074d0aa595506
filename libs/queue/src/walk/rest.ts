import type { ConsumeMessage } from 'amqplib';
import type { Windows } from './windows';

/**
 * What a walk that ends early has to hold too, so that the order stays. A quorum queue delivers what was given back
 * before all that is new, and what is given back now goes to the end of that: so the walk holds all of it for a moment.
 */
export class Rest {
  private count = 0;
  /** Whether the latest message had been given back before. */
  private seenBefore = false;
  private over = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly windows: Windows,
    private readonly depth: number,
    private readonly windowSize: number,
  ) {}

  /** Messages so far. */
  get delivered(): number {
    return this.count;
  }

  note({ fields }: ConsumeMessage): void {
    this.count += 1;
    this.seenBefore = fields.redelivered;
    this.wake();
  }

  /** There is nothing more to hold, or to hold it on. */
  giveUp(): void {
    this.over = true;
    this.wake();
  }

  /** @throws when the channel closes meanwhile */
  async hold(): Promise<void> {
    while (this.isMissing(this.depth)) {
      const enough = Math.min(this.count + this.windowSize, this.depth);
      await this.windows.widen(() => this.windowSize);
      while (this.isMissing(enough)) {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    }
    await this.windows.shut();
  }

  private isMissing(enough: number): boolean {
    return !this.over && this.seenBefore && this.count < enough;
  }
}
