/** What is being seen to. So much of it is worked on at once; the rest waits for its turn, first come first served. */
export class InHand {
  private busy = 0;
  private held = 0;
  private heldBytes = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly idling: (() => void)[] = [];

  /** @param width pieces of work at once */
  constructor(private readonly width: number) {}

  /** Pieces, those that wait among them. */
  get count(): number {
    return this.held;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** @param work never rejects */
  async see(bytes: number, work: () => Promise<void>): Promise<void> {
    this.held += 1;
    this.heldBytes += bytes;
    if (this.busy < this.width) this.busy += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    await work();
    this.held -= 1;
    this.heldBytes -= bytes;
    const next = this.waiting.shift();
    if (next) next();
    else this.leave();
  }

  /** Resolves when there is nothing in hand. */
  async idle(): Promise<void> {
    if (this.held > 0) await new Promise<void>((resolve) => this.idling.push(resolve));
  }

  private leave(): void {
    this.busy -= 1;
    if (this.busy === 0) this.idling.splice(0).forEach((resolve) => resolve());
  }
}
