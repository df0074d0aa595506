import { reason } from '@push/health';
import type { CheckReport, CheckResult } from './check';

/** Whether a start may be expected to work. */
export function passed(rows: readonly CheckReport[]): boolean {
  return rows.every(({ result }) => result !== 'failed');
}

/** The rows for a program. */
export function asJson(rows: readonly CheckReport[]): string {
  return JSON.stringify({ passed: passed(rows), checks: rows.map(clean) });
}

const HEAD = ['CHECK', 'RESULT', 'WHAT WAS FOUND', 'WHAT TO DO'];
/** Most characters of each column; what is longer goes on in the next line. */
const WIDTHS = [14, 8, 72, 60];

/** The rows as a table for a person. */
export function asTable(rows: readonly CheckReport[]): string {
  const cells = rows
    .map(clean)
    .map(({ check, result, found, advice = '' }) => [check, result, found, advice]);
  return [...[HEAD, ...cells].flatMap(layOut), '', summary(rows)].join('\n');
}

function layOut(cells: readonly string[]): string[] {
  const columns = cells.map((cell, column) => wrap(cell, WIDTHS[column] ?? 0));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, index) => (column[line] ?? '').padEnd(WIDTHS[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks at spaces; a word that is longer than a line is left whole. */
function wrap(text: string, width: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}

function summary(rows: readonly CheckReport[]): string {
  const count = (wanted: CheckResult): number =>
    rows.filter(({ result }) => result === wanted).length;
  return `${count('ok')} ok, ${count('warning')} to look at, ${count('failed')} failed`;
}

/** One bounded line without credentials, whoever wrote it. */
function clean(row: CheckReport): CheckReport {
  return { ...row, found: reason(row.found) };
}
