import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { parseArguments, type Request } from './cli/arguments';
import { Arena } from './harness/arena';
import { describeMachine, machineLine } from './report/machine';
import { destination, renew, showRow, showTargets, write, type Findings } from './report/publish';
import { compareWithBudget } from './report/targets';
import { rows } from './rows';
import type { RowReport } from './rows/row';

/** Longest that clearing away may take once a run is broken off. */
const LEAVE_MS = 60_000;
const BROKEN_OFF = 130;

/** Measures what was asked for. @returns whether the budget is kept */
async function measure(arena: Arena, request: Request): Promise<boolean> {
  const { settings } = request;
  const machine = describeMachine(arena);
  console.log(machineLine(machine));
  const report = (line: string): void => console.log(`    ${line}`);
  const wanted = rows.filter(({ name }) => request.rows.includes(name));
  const reports = new Map<string, RowReport>();
  try {
    for (const row of wanted) {
      console.log(`\n==> ${row.name}: ${row.title}`);
      const result = await row.measure({ arena, settings, report });
      reports.set(row.name, result);
      console.log(showRow(row, result));
    }
  } finally {
    // An hour of measuring is not lost for its last row.
    if (reports.size > 0)
      keep({ machine, settings, reports, verdicts: compareWithBudget(reports) });
  }
  const sound = [...reports.values()].every(({ problems }) => problems.length === 0);
  return sound && compareWithBudget(reports).every(({ met }) => met);

  function keep(findings: Findings): void {
    console.log(showTargets(findings.verdicts));
    // What is under version control is of whole runs.
    const whole = request.write && reports.size === wanted.length;
    const { root, dir } = arena.around;
    const files = destination(root, dir, whole);
    const written = (whole && request.partial ? renew : write)(findings, ...files);
    console.log(`\nWritten: ${written.join(', ')}`);
  }
}

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), rows);
  if (parsed.kind === 'print') {
    console.log(parsed.text);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    console.error(`Error: ${parsed.problem}`);
    return 2;
  }
  const root = process.cwd();
  const arena = await Arena.open({
    root,
    dir: join(root, '.services', 'bench'),
    rabbitmqUrl: needed('RABBITMQ_URL'),
    redisUrl: needed('REDIS_URL'),
  });
  // In the end everything is cleared away, whatever the end is; once.
  let leaving: Promise<unknown> | undefined;
  const leave = (): Promise<unknown> =>
    (leaving ??= Promise.race([arena.close(), sleep(LEAVE_MS, undefined, { ref: false })]));
  const breakOff = (): void => {
    if (leaving) return;
    console.error('\nBroken off: clearing away ...');
    void leave().finally(() => process.exit(BROKEN_OFF));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, breakOff);
  process.on('disconnect', breakOff);
  try {
    return (await measure(arena, parsed.request)) ? 0 : 1;
  } catch (error) {
    // What fails because everything is being ended is no news.
    if (!leaving) console.error(error);
    return 1;
  } finally {
    if (leaving) await new Promise(() => undefined);
    await leave();
  }
}

function needed(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set; npm run bench sets it`);
  if (value.includes(',')) throw new Error(`${variable} should name one server`);
  return value;
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
