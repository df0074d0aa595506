import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Row, RowReport, Settings } from '../rows/row';
import { machineLine, type Machine } from './machine';
import { plot, type PlotGroup } from './plot';
import { table } from './table';
import { compareWithBudget, targetLines, type TargetResult } from './targets';

/** All that a run has found. */
export interface Findings {
  machine: Machine;
  settings: Settings;
  reports: ReadonlyMap<string, RowReport>;
  verdicts: readonly TargetResult[];
}

/** Findings as they are kept. */
interface Kept extends Omit<Findings, 'reports'> {
  /** `machine` where a row was measured later than the others. */
  rows: Record<string, RowReport & { machine?: Machine }>;
}

/** Rows that the plot is of, and what they are called there. */
const PLOTTED = [
  ['0ms', 'FCM answers at once; 100 in flight, typical has its 10'],
  ['80ms', 'FCM answers after 80 ms; 400 in flight'],
  ['80ms-defaults', 'FCM answers after 80 ms; default settings'],
] as const;
const CONTENDERS = ['bare', 'service', 'typical'];

/** One row, for those who watch and for the page. */
export function showRow({ name, title }: Row, report: RowReport): string {
  const { columns, lines, problems, notes } = report;
  return [
    `\n${name}: ${title}`,
    table(columns, lines),
    ...notes,
    ...problems.map((problem) => `PROBLEM: ${problem}`),
    ...ratioLine(report),
  ].join('\n');
}

export function showTargets(verdicts: readonly TargetResult[]): string {
  return `\n${table(['target', 'wanted', 'measured', ''], targetLines(verdicts))}`;
}

/** Writes JSON and plot. @returns their paths */
export function write(
  { machine, settings, reports, verdicts }: Findings,
  results: string,
  picture: string,
): string[] {
  return put({ machine, settings, verdicts, rows: Object.fromEntries(reports) }, results, picture);
}

/**
 * Writes rows among those that were written before, each with what it was measured on.
 * @throws where there are none, or where those were measured at another size
 */
export function renew(
  { machine, settings, reports }: Findings,
  results: string,
  picture: string,
): string[] {
  const kept = JSON.parse(readFileSync(results, 'utf8')) as Kept;
  if (JSON.stringify(settings) !== JSON.stringify(kept.settings)) {
    throw new Error(`${results} has rows of another size; measure all of them`);
  }
  const rows = { ...kept.rows };
  for (const [name, report] of reports) rows[name] = { ...report, machine };
  return put(
    { ...kept, rows, verdicts: compareWithBudget(new Map(Object.entries(rows))) },
    results,
    picture,
  );
}

/** Where a run leaves its results. @param kept whether under version control */
export function destination(root: string, dir: string, kept: boolean): [string, string] {
  return kept
    ? [join(root, 'bench/results/latest.json'), join(root, 'docs/images/bench.svg')]
    : [join(dir, 'latest.json'), join(dir, 'bench.svg')];
}

function groupsOf(reports: ReadonlyMap<string, RowReport>): PlotGroup[] {
  return PLOTTED.flatMap(([row, title]) => {
    const report = reports.get(row);
    if (!report) return [];
    const bars = CONTENDERS.flatMap((label) => {
      const value = report.figures[`${label} rate`];
      return value === undefined ? [] : [{ label, value }];
    });
    return [{ title, bars }];
  });
}

function ratioLine({ figures }: RowReport): string[] {
  const ratios = Object.entries(figures).filter(([name]) => /\/\S+ (rate|CPU)$/.test(name));
  if (ratios.length === 0) return [];
  return [ratios.map(([name, value]) => `${name} ${value.toFixed(2)}`).join('; ')];
}

function put(kept: Kept, results: string, picture: string): string[] {
  const groups = groupsOf(new Map(Object.entries(kept.rows)));
  const files: [string, string][] = [[results, `${JSON.stringify(kept, null, 2)}\n`]];
  if (groups.length > 0) {
    const title = 'Notifications a second, one process';
    files.push([picture, plot(title, groups, machineLine(kept.machine))]);
  }
  return files.map(([file, content]) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  });
}
