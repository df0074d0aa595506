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

export const targets: readonly Target[] = [
  {
    row: '0ms',
    figure: 'service/bare rate',
    says: 'throughput, service/bare, 0 ms, 100 in flight',
    atLeast: 0.8,
  },
  {
    row: '0ms',
    figure: 'service/bare CPU',
    says: 'CPU a notification, service/bare',
    atMost: 1.3,
  },
  {
    row: '80ms',
    figure: 'service/bare rate',
    says: 'throughput, service/bare, 80 ms, as many in flight as each likes',
    atLeast: 0.95,
  },
  {
    row: '80ms',
    figure: 'service rate',
    says: 'notifications/s, service, 80 ms',
    atLeast: 3000,
  },
  {
    row: '80ms',
    figure: 'service/typical rate',
    says: 'throughput, service/typical, 80 ms, default settings of each',
    atLeast: 5,
  },
  {
    row: 'idle',
    figure: 'added p50 ms',
    says: 'latency added when idle, p50 in ms',
    atMost: 2,
  },
  // The gateway's share of what was asked for; a little below, as the last second is cut short.
  { row: 'gateway', figure: 'steady rate', says: 'gateway, POST/s of 1,000 asked', atLeast: 980 },
  { row: 'gateway', figure: 'steady p99 ms', says: 'gateway, p99 in ms at 1,000/s', below: 20 },
  { row: 'gateway', figure: 'steady refused', says: 'gateway, refused at 1,000/s', atMost: 0 },
  { row: 'start', figure: 'ready ms', says: 'start to ready in ms', below: 1500 },
  { row: 'soak', figure: 'most RSS MB', says: 'RSS over the soak in MB', below: 200 },
  // Garbage collection alone moves RSS by a few MB: in five minutes that is a slope of up to 1 either way. A leak of
  // 9 bytes a notification is more, at 2,000 a second and 60 seconds a minute.
  { row: 'soak', figure: 'slope MB/min', says: 'slope of RSS in MB/min', atMost: 1 },
  { row: 'linearity', figure: 'not linear', says: 'what is not linear', atMost: 0 },
];

/** A target, and how it came out. */
export interface Verdict {
  target: Target;
  /** NaN where it should have been measured and was not. */
  value: number;
  met: boolean;
}

/** Judges the rows that were measured. */
export function judge(
  reports: ReadonlyMap<string, RowReport>,
  wanted: readonly Target[] = targets,
): Verdict[] {
  return wanted
    .filter(({ row }) => reports.has(row))
    .map((target) => {
      const value = reports.get(target.row)?.figures[target.figure] ?? NaN;
      const { atLeast = -Infinity, atMost = Infinity, below = Infinity } = target;
      return { target, value, met: value >= atLeast && value <= atMost && value < below };
    });
}

/** The targets as lines of a table. */
export function verdictLines(verdicts: readonly Verdict[]): string[][] {
  return verdicts.map(({ target, value, met }) => [
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
