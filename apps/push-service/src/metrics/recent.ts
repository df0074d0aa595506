/** The latest values, for percentiles of the present instead of since the start. */
export class RecentValues {
  private readonly values: Float64Array;
  private count = 0;

  constructor(size = 1000) {
    this.values = new Float64Array(size);
  }

  /** How many values there are. */
  get size(): number {
    return Math.min(this.count, this.values.length);
  }

  add(value: number): void {
    this.values[this.count % this.values.length] = value;
    this.count += 1;
  }

  /** The smallest value that this share (0 to 1) of all values does not exceed; null while there are none. */
  percentiles(shares: readonly number[]): (number | null)[] {
    const sorted = this.values.slice(0, this.size).sort();
    return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null);
  }
}

const SLOTS = 60;

/** Counts events of a sliding window, to a sixtieth of its length and never longer. */
export class RecentCount {
  private readonly counts = new Uint32Array(SLOTS);
  private readonly slotMs: number;
  private newest: number;

  /** @param windowMs its length. @default 60000 */
  constructor(
    windowMs = 60_000,
    private readonly clock: () => number = Date.now,
  ) {
    this.slotMs = windowMs / SLOTS;
    this.newest = this.slot();
  }

  add(): void {
    this.expire();
    const slot = this.newest % SLOTS;
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  total(): number {
    this.expire();
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private expire(): void {
    const now = this.slot();
    const passed = Math.min(now - this.newest, SLOTS);
    for (let step = 1; step <= passed; step += 1) this.counts[(this.newest + step) % SLOTS] = 0;
    this.newest = Math.max(now, this.newest);
  }

  private slot(): number {
    return Math.floor(this.clock() / this.slotMs);
  }
}
