/** Lets pieces of work in one at a time, in the order they came. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Rejects as the work does; the next has its turn all the same. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
