/** The last so many values, for percentiles of what happens now rather than since the start. */
export class RecentValues {
  private readonly values: Float64Array;
  private count = 0;

  constructor(size = 1000) {
    this.values = new Float64Array(size);
  }

  /** Values that there are to look at. */
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

const SECONDS = 60;

/** How often something happened in the last minute, to the second. */
export class LastMinute {
  private readonly counts = new Uint32Array(SECONDS);
  private newest: number;

  constructor(private readonly clock: () => number = Date.now) {
    this.newest = this.second();
  }

  add(): void {
    this.forget();
    const slot = this.newest % SECONDS;
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  total(): number {
    this.forget();
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private forget(): void {
    const now = this.second();
    const passed = Math.min(now - this.newest, SECONDS);
    for (let step = 1; step <= passed; step += 1) this.counts[(this.newest + step) % SECONDS] = 0;
    this.newest = Math.max(now, this.newest);
  }

  private second(): number {
    return Math.floor(this.clock() / 1000);
  }
}
