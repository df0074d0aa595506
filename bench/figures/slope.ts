/** A reading at a time. */
export interface Sample {
  seconds: number;
  value: number;
}

/** Rise of the straight line that fits best (least squares), per second; NaN of fewer than two readings. */
export function slope(samples: readonly Sample[]): number {
  if (samples.length < 2) return NaN;
  const meanX = mean(samples.map(({ seconds }) => seconds));
  const meanY = mean(samples.map(({ value }) => value));
  let products = 0;
  let squares = 0;
  for (const { seconds, value } of samples) {
    products += (seconds - meanX) * (value - meanY);
    squares += (seconds - meanX) ** 2;
  }
  return products / squares;
}

/** What is left when a process has warmed up: the last two thirds of the readings. */
export function warmedUp(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.floor(samples.length / 3));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
