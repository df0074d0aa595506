/** Events kept of what is written in one go: how it began, and how it came to its end. About 12 KB at most. */
export const FIRST = 20;
export const LAST = 80;

/** A list of bounded length. What comes when it is full takes the place of what stands in the middle. */
export class FirstAndLast<T> {
  private readonly kept: T[];

  /** @param items as if they were added one by one */
  constructor(items: readonly T[] = []) {
    this.kept =
      items.length > FIRST + LAST ? [...items.slice(0, FIRST), ...items.slice(-LAST)] : [...items];
  }

  /** All that is kept, in the order it came. */
  get all(): readonly T[] {
    return this.kept;
  }

  add(item: T): void {
    this.kept.push(item);
    if (this.kept.length > FIRST + LAST) this.kept.splice(FIRST, 1);
  }
}
