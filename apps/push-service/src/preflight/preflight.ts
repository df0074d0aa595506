import { ConfigError, loadConfig, type ConfigClass, type EnvironmentSource } from '@push/config';
import { reason, within } from '@push/health';
import { CONCERNS } from '../app.module';
import { failed, ok, type Check, type CheckReport, type Finding } from './check';
import { firebaseCheck } from './checks/firebase.check';
import { templatesCheck, traceEndpointCheck } from './checks/local.checks';
import { gatewayCheck, userServiceCheck } from './checks/neighbours.checks';
import { rabbitmqCheck } from './checks/rabbitmq.check';
import { redisCheck } from './checks/redis.check';

/** Longer than any one request of a check may take by its own deadline, most of which are below 10 s. */
const LIMIT_MS = 15_000;

export interface PreflightOptions {
  /** The environment. @default the process's own */
  source?: EnvironmentSource;
  /** Whether what is missing at the broker is declared. @default false */
  declare?: boolean;
  /** Most milliseconds of one check. @default 15000 */
  limitMs?: number;
}

const CHECKS = [
  rabbitmqCheck,
  redisCheck,
  userServiceCheck,
  gatewayCheck,
  firebaseCheck,
  templatesCheck,
  traceEndpointCheck,
];

/** Looks at everything a start needs, side by side. Starts no intake, takes no message. Never rejects. */
export async function preflight({
  source,
  declare = false,
  limitMs = LIMIT_MS,
}: PreflightOptions = {}): Promise<CheckReport[]> {
  const rows = await Promise.all(
    CHECKS.map((check) => runCheck(check, { source, declare, limitMs })),
  );
  return [...checkConfiguration(source), ...rows.flat()];
}

function checkConfiguration(source?: EnvironmentSource): CheckReport[] {
  const problems = problemsOf(CONCERNS, source);
  const findings: Finding[] =
    problems.length === 0
      ? [ok('every variable is valid')]
      : problems.map((problem) => failed(problem, 'Correct it: docs/configuration.md.'));
  return findings.map((finding) => ({ check: 'configuration', ...finding }));
}

async function runCheck(
  check: Check,
  { source, declare, limitMs }: { source?: EnvironmentSource; declare: boolean; limitMs: number },
): Promise<CheckReport[]> {
  const row = (finding: Finding): CheckReport => ({ check: check.name, ...finding });
  if (problemsOf(check.needs, source).length > 0) {
    return [row(failed('not looked at: its configuration is wrong', 'Correct that first.'))];
  }
  const configs = loadConfig(check.needs, source);
  const config = <T>(type: ConfigClass<T>): T => configs.get(type) as T;
  try {
    return [await within(limitMs, check.run({ source, declare, config }))].flat().map(row);
  } catch (error) {
    return [row(failed(reason(error), check.advice))];
  }
}

function problemsOf(classes: readonly ConfigClass[], source?: EnvironmentSource): string[] {
  try {
    loadConfig(classes, source);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable, problem }) => `${variable} ${problem}`);
  }
}
