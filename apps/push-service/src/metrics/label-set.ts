const OTHER = 'other';
const WORD = /^[A-Za-z][\w.-]{0,47}$/;

/**
 * Keeps the number of values of one label small, whatever their source: a value that is not a single word, or that is new
 * when there are as many as allowed, becomes `other`. Prometheus keeps a time series for each value that it has ever seen.
 * @param limit different values. @default 50
 */
export function boundedLabel(limit = 50): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit || !WORD.test(value)) return OTHER;
    known.add(value);
    return value;
  };
}
