import { environment, flag, loadConfig, type EnvironmentSource } from '@push/config';
import { reason } from '@push/health';
import { StartRefusedError } from '@push/runtime';
import type { CheckReport, Finding } from './check';
import { preflight } from './preflight';

const USAGE = `Usage: main.js preflight [--json] [--declare]
  --json     prints the report as JSON
  --declare  declares at the broker what is missing there; without it nothing is changed
`;

class PreflightConfig extends environment({ PREFLIGHT: flag(false) }) {
  /** Whether the checks run before a start. @default false */
  readonly enabled = this.env.PREFLIGHT;
}

/**
 * `main.js preflight`: prints the report.
 * @param write where it goes. @default stdout
 * @returns the exit code: 0 where no check failed
 */
export async function preflightCommand(
  args: readonly string[],
  write: (text: string) => unknown = (text) => process.stdout.write(text),
): Promise<0 | 1> {
  if (args.some((arg) => !['--json', '--declare'].includes(arg))) {
    write(USAGE);
    return 1;
  }
  const rows = await run({ declare: args.includes('--declare') });
  const json = (): string => JSON.stringify({ passed: passed(rows), checks: rows });
  write(`${args.includes('--json') ? json() : table(rows)}\n`);
  return passed(rows) ? 0 : 1;
}

/**
 * Runs the checks before a start, where `PREFLIGHT` or `--preflight` asks for it.
 * @throws {StartRefusedError} with the report, where one failed
 * @throws {ConfigError} where PREFLIGHT is neither yes nor no
 */
export async function preflightBeforeStart(
  args: readonly string[],
  source?: EnvironmentSource,
): Promise<void> {
  const config = loadConfig([PreflightConfig], source).get(PreflightConfig) as PreflightConfig;
  if (!config.enabled && !args.includes('--preflight')) return;
  const rows = await run({ source });
  if (!passed(rows)) throw new StartRefusedError(`The preflight failed:\n\n${table(rows)}`);
}

/** The report; each finding is one bounded line without credentials, wherever its text comes from. */
async function run(options: Parameters<typeof preflight>[0]): Promise<CheckReport[]> {
  const rows = await preflight(options);
  return rows.map((row) => ({ ...row, found: reason(row.found) }));
}

function passed(rows: readonly CheckReport[]): boolean {
  return rows.every(({ result }) => result !== 'failed');
}

const HEAD = ['CHECK', 'RESULT', 'WHAT WAS FOUND', 'WHAT TO DO'];
/** Characters of each column; longer text continues on the next line. */
const WIDTHS = [14, 8, 72, 60];

function table(rows: readonly CheckReport[]): string {
  const cells = rows.map(({ check, result, found, advice = '' }) => [check, result, found, advice]);
  const count = (wanted: Finding['result']): number =>
    rows.filter(({ result }) => result === wanted).length;
  const summary = `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed`;
  return [...[HEAD, ...cells].flatMap(linesOf), '', summary].join('\n');
}

function linesOf(cells: readonly string[]): string[] {
  const columns = cells.map((cell, column) => wrap(cell, WIDTHS[column] ?? 0));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, index) => (column[line] ?? '').padEnd(WIDTHS[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks at spaces; a word that is longer than a line stays whole. */
function wrap(text: string, width: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}
