/** What can stand in a {@link Line}, in one at a time. */
export interface InLine<T> {
  /** Kept by the line; undefined while it stands in none. */
  place?: Place<T>;
}

/** Where something stands. */
export interface Place<T> {
  readonly item: T;
  before?: Place<T>;
  after?: Place<T>;
}

/**
 * Things in the order they came in, each of which may leave at any time.
 *
 * Not a Map or a Set: when one of these has made room, its former table goes on pointing to the next one, with all that
 * was in it. One such table that has grown old keeps all later ones, and so every request that ever stood in them, until
 * the next collection of old objects, which then comes the sooner: one a second in a gateway at 700 requests a second.
 * What leaves a line is pointed to by nothing here.
 */
export class Line<T extends InLine<T>> implements Iterable<T> {
  private head?: Place<T>;
  private tail?: Place<T>;
  private length = 0;

  get size(): number {
    return this.length;
  }

  /** Who came first of those that are still there. */
  get first(): T | undefined {
    return this.head?.item;
  }

  /** Puts one at the end that stands in no line. */
  add(item: T): void {
    const place: Place<T> = { item, before: this.tail, after: undefined };
    if (this.tail) this.tail.after = place;
    else this.head = place;
    this.tail = item.place = place;
    this.length += 1;
  }

  /** @returns whether it stood here */
  delete(item: T): boolean {
    const { place } = item;
    if (place === undefined) return false;
    const { before, after } = place;
    if (before) before.after = after;
    else this.head = after;
    if (after) after.before = before;
    else this.tail = before;
    place.before = place.after = item.place = undefined;
    this.length -= 1;
    return true;
  }

  /** Who stands there, from the first on; the one that was given last may leave meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let place = this.head; place;) {
      const { item, after } = place;
      yield item;
      place = after;
    }
  }
}
