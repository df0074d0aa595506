import { parseArgs } from 'node:util';
import type { Settings } from '../rows/row';
import { HELP } from './help';

/** What is asked of a run. */
export interface Request {
  /** Names of the rows, in their order. */
  rows: readonly string[];
  settings: Settings;
  /** Writes results and plot to where they are under version control. */
  write: boolean;
  /** Whether some rows are left out: those that were written earlier stay as they are then. */
  partial: boolean;
  profile: boolean;
}

/** A run, or something to say instead. */
export type Parsed =
  | { kind: 'run'; request: Request }
  | { kind: 'say'; text: string }
  | { kind: 'wrong'; problem: string };

const FULL: Settings = {
  quick: false,
  notifications: 20_000,
  warmUp: 3000,
  rounds: 3,
  fewerRounds: 2,
  capMs: 20_000,
  shorterCapMs: 10_000,
  soakSize: 1_000_000,
  backlogSize: 1_000_000,
};

/** Small enough for the main rows to be over in two minutes. */
const QUICK: Settings = {
  ...FULL,
  quick: true,
  notifications: 4000,
  warmUp: 1000,
  capMs: 2500,
  shorterCapMs: 2500,
};

const OPTIONS = {
  quick: { type: 'boolean' },
  only: { type: 'string', multiple: true },
  skip: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  write: { type: 'boolean' },
  profile: { type: 'boolean' },
  notifications: { type: 'string' },
  rounds: { type: 'string' },
  'soak-size': { type: 'string' },
  'backlog-size': { type: 'string' },
} as const;

type Row = Readonly<Record<'name' | 'title', string>> & { quick: boolean };

/** @param all rows that there are */
export function parseArguments(args: readonly string[], all: readonly Row[]): Parsed {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return { kind: 'say', text: HELP };
    if (values.list) return { kind: 'say', text: list(all) };
    const quick = values.quick ?? false;
    const write = values.write ?? false;
    const { only, skip, profile = false } = values;
    if (only && skip) throw new Error('--only and --skip together say one thing twice');
    if (profile && (only ?? skip))
      throw new Error('--profile has a row of its own: leave out --only');
    if (write && (quick || profile || values.notifications)) {
      throw new Error(
        '--write keeps rows of full size: leave out --quick, --profile and --notifications',
      );
    }
    return {
      kind: 'run',
      request: {
        rows: chosen(all, quick, names(only), names(skip)),
        settings: settingsOf(values, quick ? QUICK : FULL),
        write,
        partial: (only ?? skip) !== undefined,
        profile,
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
  if (left.length === 0) throw new Error('nothing is left to measure');
  return left;
}

function settingsOf(
  values: Partial<Record<'notifications' | 'rounds' | 'soak-size' | 'backlog-size', string>>,
  base: Settings,
): Settings {
  const notifications = whole('notifications', values.notifications, 100);
  const rounds = whole('rounds', values.rounds, 1);
  return {
    ...base,
    notifications: notifications ?? base.notifications,
    warmUp: Math.min(base.warmUp, notifications ?? base.warmUp),
    rounds: rounds ?? base.rounds,
    fewerRounds: rounds ?? base.fewerRounds,
    soakSize: whole('soak-size', values['soak-size'], 1000) ?? base.soakSize,
    backlogSize: whole('backlog-size', values['backlog-size'], 1000) ?? base.backlogSize,
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
