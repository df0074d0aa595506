/** More kinds than this are counted together: letters of others may have any code. */
const MAX_CODES = 100;
const OTHERS = 'others';

/** How often each code was seen. */
export class CodeCounts {
  private readonly counts = new Map<string, number>();
  private sum = 0;

  get all(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  get total(): number {
    return this.sum;
  }

  add(code: string): void {
    this.sum += 1;
    const name = this.counts.has(code) || this.counts.size < MAX_CODES ? code : OTHERS;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
