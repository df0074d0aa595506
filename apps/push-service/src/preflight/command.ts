import { environment, flag, loadConfig, type EnvironmentSource } from '@push/config';
import { StartRefusedError } from '@push/runtime';
import { preflight } from './preflight';
import { asJson, asTable, passed } from './report';

const USAGE = `Usage: main.js preflight [--json] [--declare]
  --json     prints the report for a program
  --declare  declares at the broker what is missing there; nothing is changed otherwise
`;

class PreflightConfig extends environment({ PREFLIGHT: flag(false) }) {
  /** Whether a start is preceded by the checks. @default false */
  readonly wanted = this.env.PREFLIGHT;
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
  const rows = await preflight({ declare: args.includes('--declare') });
  write(`${args.includes('--json') ? asJson(rows) : asTable(rows)}\n`);
  return passed(rows) ? 0 : 1;
}

/**
 * Runs the checks before a start, where `PREFLIGHT` or `--preflight` says so.
 * @throws {StartRefusedError} with the report, where one failed
 * @throws {ConfigError} when PREFLIGHT is neither yes nor no
 */
export async function preflightBeforeStart(
  args: readonly string[],
  source?: EnvironmentSource,
): Promise<void> {
  const config = loadConfig([PreflightConfig], source).get(PreflightConfig) as PreflightConfig;
  if (!config.wanted && !args.includes('--preflight')) return;
  const rows = await preflight({ source });
  if (!passed(rows)) throw new StartRefusedError(`The preflight failed:\n\n${asTable(rows)}`);
}
