import type { RowReport } from '../rows/row';

/** What a figure of a row has to be. */
export interface Target {
  row: string;
  figure: string;
  says: string;
  atLeast?: number;
  atMost?: number;
  below?: number;
}

/** The budget: what simplicity may cost. Ratios are of medians in one run, as amounts depend on the machine. */
export const targets: readonly Target[] = [
  {
    row: '0ms',
    figure: 'service/bare rate',
    says: 'rate, service/bare, no FCM latency',
    atLeast: 0.7,
  },
  {
    row: '0ms',
    figure: 'service/bare CPU',
    says: 'CPU a notification, service/bare',
    atMost: 1.45,
  },
  {
    row: '80ms',
    figure: 'service/bare rate',
    says: 'rate, service/bare, 80 ms, 400 in flight',
    atLeast: 0.75,
  },
  {
    row: '80ms-defaults',
    figure: 'service/typical rate',
    says: 'rate, service/typical, 80 ms, defaults',
    atLeast: 10,
  },
  {
    row: '0ms',
    figure: 'service/typical rate',
    says: 'rate, service/typical, no FCM latency',
    atLeast: 2,
  },
  { row: 'soak', figure: 'most RSS MB', says: 'RSS over the soak in MB', below: 350 },
  // Garbage collection alone moves RSS by a few MB: in five minutes that is a slope of up to 1 either way. A leak of
  // 9 bytes a notification is more, at 2,000 a second and 60 seconds a minute.
  { row: 'soak', figure: 'slope MB/min', says: 'slope of RSS in MB/min', atMost: 1 },
  { row: 'start', figure: 'ready ms', says: 'start to ready in ms', below: 2000 },
  { row: 'gateway', figure: 'steady refused', says: 'gateway, refused at 1,000 POST/s', atMost: 0 },
  {
    row: 'gateway',
    figure: 'steady p50 ms',
    says: 'gateway, p50 in ms at 1,000 POST/s',
    below: 20,
  },
  { row: 'linearity', figure: 'not linear', says: 'steps that are not linear', atMost: 0 },
];

/** A target and its measured value. */
export interface TargetResult {
  target: Target;
  /** NaN where it is missing in its row. */
  value: number;
  met: boolean;
}

/** Compares the measured rows with the budget. */
export function compareWithBudget(
  reports: ReadonlyMap<string, RowReport>,
  wanted: readonly Target[] = targets,
): TargetResult[] {
  return wanted
    .filter(({ row }) => reports.has(row))
    .map((target) => {
      const value = reports.get(target.row)?.figures[target.figure] ?? NaN;
      const { atLeast = -Infinity, atMost = Infinity, below = Infinity } = target;
      return { target, value, met: value >= atLeast && value <= atMost && value < below };
    });
}

/** The targets as lines of a table. */
export function targetLines(results: readonly TargetResult[]): string[][] {
  return results.map(({ target, value, met }) => [
    target.says,
    wantedOf(target),
    Number.isNaN(value) ? 'not measured' : String(Number(value.toFixed(value < 100 ? 2 : 0))),
    met ? 'met' : 'MISSED',
  ]);
}

function wantedOf({ atLeast, atMost, below }: Target): string {
  if (atLeast !== undefined) return `>= ${atLeast}`;
  return below === undefined ? `<= ${atMost ?? ''}` : `< ${below}`;
}
