/**
 * The newest entries of a stream, bounded by number and by weight. The oldest leave first, and adding
 * never moves the others.
 */
export class Ring<T> {
  private slots: ({ item: T; weight: number } | undefined)[] = [];
  private head = 0;
  private count = 0;
  private weight = 0;

  /**
   * @param capacity most entries kept
   * @param maxWeight most weight kept, in whatever unit `push` is given. @default unbounded
   */
  constructor(
    private readonly capacity: number,
    private readonly maxWeight = Infinity,
  ) {}

  get size(): number {
    return this.count;
  }

  push(item: T, weight = 0): void {
    while (this.count > 0 && (this.count >= this.capacity || this.weight + weight > this.maxWeight))
      this.dropOldest();
    this.slots[(this.head + this.count) % this.capacity] = { item, weight };
    this.count += 1;
    this.weight += weight;
  }

  /** Newest first, at most `limit`, only those that pass `filter`. */
  newest(limit: number, filter: (item: T) => boolean = () => true): T[] {
    const found: T[] = [];
    for (let i = this.count - 1; i >= 0 && found.length < limit; i -= 1) {
      const slot = this.slots[(this.head + i) % this.capacity];
      if (slot && filter(slot.item)) found.push(slot.item);
    }
    return found;
  }

  clear(): void {
    this.slots = [];
    this.head = 0;
    this.count = 0;
    this.weight = 0;
  }

  private dropOldest(): void {
    this.weight -= this.slots[this.head]?.weight ?? 0;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) % this.capacity;
    this.count -= 1;
  }
}
