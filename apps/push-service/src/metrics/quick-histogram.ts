import { Histogram, type HistogramConfiguration, type LabelValues } from 'prom-client';

/** What prom-client keeps of a set of labels; it is not in its types, and its test here tells when that changes. */
interface Kept {
  labels: LabelValues<string>;
  bucketValues: Record<number, number>;
  sum: number;
  count: number;
}

/** The observations of one set of labels. */
export class Series<L extends string = string> {
  /** How many fell into each bucket, by the place of its bound; the last are those above all bounds. */
  private readonly counts: number[];
  private sum = 0;

  constructor(
    private readonly labels: LabelValues<L>,
    private readonly bounds: readonly number[],
  ) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${value}`);
    let place = 0;
    while (value > (this.bounds[place] ?? Infinity)) place += 1;
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.sum += value;
  }

  get kept(): Kept {
    const { labels, counts, sum } = this;
    const bucketValues = Object.fromEntries(this.bounds.map((bound, n) => [bound, counts[n] ?? 0]));
    return { labels, bucketValues, sum, count: counts.reduce((total, count) => total + count, 0) };
  }
}

/**
 * A histogram that can be observed a dozen times a notification. prom-client finds a series by its labels, and a bucket by
 * its bound, as texts that it makes each time: 0.3 us. Here a series counts into an array, in 0.02 us, and prom-client is
 * told when somebody asks.
 */
export class QuickHistogram<L extends string = string> {
  private readonly all: Series<L>[] = [];
  private readonly bounds: readonly number[];

  constructor(options: HistogramConfiguration<L> & { buckets: number[] }) {
    const { all } = this;
    this.bounds = options.buckets;
    new Histogram({
      ...options,
      collect() {
        const kept = all.map((series) => series.kept);
        const seen = kept.filter(
          ({ labels, count }) => count > 0 || Object.keys(labels).length === 0,
        );
        (this as unknown as { hashMap: Record<string, Kept> }).hashMap = Object.fromEntries(
          seen.entries(),
        );
      },
    });
  }

  /** The series of these labels, to be asked for once; it is shown from its first observation on, one without labels always. */
  series(labels: LabelValues<L>): Series<L> {
    const series = new Series(labels, this.bounds);
    this.all.push(series);
    return series;
  }
}
