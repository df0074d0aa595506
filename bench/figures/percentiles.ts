/** The value that `share` of them do not exceed (nearest rank); NaN of none. @param sorted ascending */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? NaN;
}

/** The middle one; of an even number the mean of both in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Latencies in milliseconds that a round is described by. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

/**
 * From publication to receipt, of those that have come.
 * @param publishedAt microseconds of the shared clock, by notification; 0: not published
 * @param receivedAt likewise; 0: not come
 */
export function latencyOf(publishedAt: Float64Array, receivedAt: Float64Array): Latency {
  const took = receivedAt
    .map((at, index) => (at === 0 ? -1 : (at - (publishedAt[index] ?? 0)) / 1000))
    .filter((ms) => ms >= 0)
    .sort();
  const [p50 = NaN, p95 = NaN, p99 = NaN] = [0.5, 0.95, 0.99].map((of) => percentile(took, of));
  return { p50, p95, p99 };
}
