import type { Result } from './run-scenario';

const COLUMNS: readonly [title: string, cell: (result: Result) => string | number][] = [
  ['fault', ({ name }) => name],
  ['requests', ({ requests }) => requests],
  ['delivered', ({ delivered }) => delivered],
  ['failed', ({ failed }) => failed],
  ['lost', ({ lost }) => lost],
  ['shown twice', ({ shownTwice }) => shownTwice],
  ['sent twice', ({ sentTwice }) => sentTwice],
  ['recovery s', ({ recoverySeconds }) => recoverySeconds.toFixed(1)],
  ['', ({ ok }) => (ok ? 'ok' : 'BROKEN')],
];

/** The results as a table for a terminal or, being Markdown, for a page. */
export function table(results: readonly Result[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...results.map((result) => rowOf(result))];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  const lines = rows.map((row) => line(row.map((cell, at) => pad(cell, at, widths[at] ?? 0))));
  const rule = line(widths.map((width, at) => (at === 0 ? '-' : '').padEnd(width, '-')));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** One row, for those who watch. */
export function row(result: Result): string {
  return rowOf(result).join('  ');
}

function rowOf(result: Result): (string | number)[] {
  return COLUMNS.map(([, cell]) => cell(result));
}

function pad(cell: string | number, at: number, width: number): string {
  return at === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
