const OTHER = 'other';
const WORD = /^[A-Za-z][\w.-]{0,47}$/;

/**
 * Keeps a label's values few, whoever they come from: words only, and no more than so many different ones; the rest is
 * `other`. Each value of a label is a time series in Prometheus for ever.
 */
export class LabelSet {
  private readonly known = new Set<string>();

  /** @param limit different values. @default 50 */
  constructor(private readonly limit = 50) {}

  of(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.limit || !WORD.test(value)) return OTHER;
    this.known.add(value);
    return value;
  }
}
