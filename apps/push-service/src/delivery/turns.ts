import { Injectable } from '@nestjs/common';

/** Lets pieces of work in one at a time, in the order they came. */
export class Turns {
  private last: Promise<void> = Promise.resolve();
  private queued = 0;

  /** Pieces of work whose turn has not come. */
  get waiting(): number {
    return this.queued;
  }

  /**
   * Rejects as the work does; the next has its turn all the same.
   * @param work its turn is over when it ends, or as soon as it says so
   */
  async take<T>(work: (over: () => void) => Promise<T>): Promise<T> {
    const before = this.last;
    let over = (): void => undefined;
    this.last = new Promise((resolve) => (over = resolve));
    this.queued += 1;
    await before;
    this.queued -= 1;
    try {
      return await work(over);
    } finally {
      over();
    }
  }
}

/**
 * The turns in which what comes again is begun: up to its claim and the first step of its work. What kills its worker at
 * once finds nothing else there that is counted and has no claim yet.
 */
@Injectable()
export class Beginnings extends Turns {}
