import { Counter, type CounterConfiguration } from 'prom-client';
import { LabelSet } from './label-set';

/** What was counted of the labels so far; of all labels, the counts of one series. */
class Branch {
  readonly branches = new Map<string, Branch>();
  /** Not told to prom-client yet. */
  pending = 0;

  constructor(readonly labels: Readonly<Record<string, string>> = {}) {}
}

/**
 * A counter whose labels stay few, whoever their values come from: see {@link LabelSet}. prom-client finds a series by a
 * text that it makes of its labels each time, 0.4 us; here it is found by its values, and prom-client is told when
 * somebody asks.
 */
export class BoundedCounter<L extends string> extends Counter<L> {
  private readonly words: readonly (readonly [L, LabelSet])[];
  private readonly root = new Branch();
  private readonly series: Branch[];

  constructor(options: CounterConfiguration<L> & { labelNames: readonly L[] }) {
    const series: Branch[] = [];
    super({
      ...options,
      collect() {
        for (const one of series) {
          this.inc(one.labels as Record<L, string>, one.pending);
          one.pending = 0;
        }
      },
    });
    this.series = series;
    this.words = options.labelNames.map((name) => [name, new LabelSet()]);
  }

  /** @param values one for each label; what is no word, and what is one too many, counts as `other` */
  count(values: Readonly<Record<L, string>>): void {
    let branch = this.root;
    for (const [name, words] of this.words) {
      const value = values[name];
      branch = branch.branches.get(value) ?? this.grow(branch, name, words.of(value));
    }
    branch.pending += 1;
  }

  private grow(branch: Branch, name: L, value: string): Branch {
    const known = branch.branches.get(value);
    if (known) return known;
    const grown = new Branch({ ...branch.labels, [name]: value });
    branch.branches.set(value, grown);
    if (name === this.words.at(-1)?.[0]) this.series.push(grown);
    return grown;
  }
}
