import { parseArgs } from 'node:util';
import type { Settings } from '../rows/row';

const HELP = `npm run bench -- [options]

Measures push-service against a bare loop of the same I/O and against a typical worker, on real
RabbitMQ and Redis, in interleaved rounds. Prints a table, and fails where the budget is exceeded.

  --quick               the main rows only, smaller: under two minutes
  --only NAME           these rows only; may be repeated, or be a list with commas
  --skip NAME           all rows but these
  --list                names of all rows
  --rounds N            rounds of each contender in a row (3)
  --notifications N     notifications of a round (20000)
  --soak-size N         notifications of the soak (1000000)
  --write               keep results in bench/results/latest.json and docs/images/bench.svg;
                        without it they are in .services/bench/. With --only or --skip the other
                        rows stay there unchanged
  --help                this text

A full run takes half an hour.
`;

/** What a run measures. */
export interface Request {
  /** Names of the rows, in their order. */
  rows: readonly string[];
  settings: Settings;
  /** Writes results and plot to the files under version control. */
  write: boolean;
  /** Whether some rows are left out: their earlier results stay unchanged then. */
  partial: boolean;
}

/** A run, or a text to print instead. */
export type Parsed =
  | { kind: 'run'; request: Request }
  | { kind: 'print'; text: string }
  | { kind: 'wrong'; problem: string };

const FULL: Settings = {
  quick: false,
  notifications: 20_000,
  warmUp: 3000,
  rounds: 3,
  capMs: 20_000,
  soakSize: 1_000_000,
};

/** Small enough for the main rows to end within two minutes. */
const QUICK: Settings = {
  ...FULL,
  quick: true,
  notifications: 4000,
  warmUp: 1000,
  capMs: 2500,
};

const OPTIONS = {
  quick: { type: 'boolean' },
  only: { type: 'string', multiple: true },
  skip: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  write: { type: 'boolean' },
  notifications: { type: 'string' },
  rounds: { type: 'string' },
  'soak-size': { type: 'string' },
} as const;

type Row = Readonly<Record<'name' | 'title', string>> & { quick: boolean };

/** @param all rows that there are */
export function parseArguments(args: readonly string[], all: readonly Row[]): Parsed {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return { kind: 'print', text: HELP };
    if (values.list) return { kind: 'print', text: list(all) };
    const quick = values.quick ?? false;
    const write = values.write ?? false;
    const { only, skip } = values;
    if (only && skip) throw new Error('--only and --skip cannot be used together');
    if (write && (quick || values.notifications)) {
      throw new Error('--write keeps rows of full size: leave out --quick and --notifications');
    }
    return {
      kind: 'run',
      request: {
        rows: chosen(all, quick, names(only), names(skip)),
        settings: settingsOf(values, quick ? QUICK : FULL),
        write,
        partial: (only ?? skip) !== undefined,
      },
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { kind: 'wrong', problem };
  }
}

function chosen(
  all: readonly Row[],
  quick: boolean,
  only: readonly string[],
  skip: readonly string[],
): string[] {
  const known = all.map(({ name }) => name);
  for (const name of [...only, ...skip]) {
    if (!known.includes(name)) {
      throw new Error(`there is no row ${JSON.stringify(name)}; there are: ${known.join(', ')}`);
    }
  }
  if (only.length > 0) return known.filter((name) => only.includes(name));
  const wanted = all.filter((row) => !quick || row.quick).map(({ name }) => name);
  const left = wanted.filter((name) => !skip.includes(name));
  if (left.length === 0) throw new Error('no row is left to measure');
  return left;
}

function settingsOf(
  values: Partial<Record<'notifications' | 'rounds' | 'soak-size', string>>,
  base: Settings,
): Settings {
  const notifications = whole('notifications', values.notifications, 100);
  const rounds = whole('rounds', values.rounds, 1);
  return {
    ...base,
    notifications: notifications ?? base.notifications,
    warmUp: Math.min(base.warmUp, notifications ?? base.warmUp),
    rounds: rounds ?? base.rounds,
    soakSize: whole('soak-size', values['soak-size'], 1000) ?? base.soakSize,
  };
}

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= 10_000_000) return value;
  throw new Error(`--${name} should be a whole number from ${least} to 10000000`);
}

/** `--only a,b --only c` are three names. */
function names(values: readonly string[] = []): string[] {
  return values.flatMap((value) => value.split(',')).map((name) => name.trim());
}

function list(all: readonly Row[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all
    .map(({ name, title, quick }) => `${name.padEnd(width)}  ${title}${quick ? ' (quick)' : ''}`)
    .join('\n');
}
