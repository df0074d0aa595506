import { ConfigError, loadConfig, type ConfigClass, type EnvironmentSource } from '@push/config';
import { reason, within } from '@push/health';
import { CONCERNS } from '../app.module';
import { failed, ok, type Check, type CheckContext, type CheckReport, type Finding } from './check';
import { rabbitmqCheck, redisCheck } from './server.checks';
import {
  firebaseCheck,
  gatewayCheck,
  templatesCheck,
  tracesCheck,
  userServiceCheck,
} from './service.checks';

/** Longer than the timeout of any one request of a check, most of which are below 10 s. */
const TIMEOUT_MS = 15_000;

export interface PreflightOptions {
  /** The environment. @default the process's own */
  source?: EnvironmentSource;
  /** Whether to declare what is missing at the broker. @default false */
  declare?: boolean;
  /** Milliseconds for one check. @default 15000 */
  limitMs?: number;
}

const CHECKS = [
  rabbitmqCheck,
  redisCheck,
  userServiceCheck,
  gatewayCheck,
  firebaseCheck,
  templatesCheck,
  tracesCheck,
];

/** Checks everything that a start needs, in parallel. Consumes no message. Never rejects. */
export async function preflight({
  source,
  declare = false,
  limitMs = TIMEOUT_MS,
}: PreflightOptions = {}): Promise<CheckReport[]> {
  const rows = await Promise.all(
    CHECKS.map(async (check) => {
      const findings = await runCheck(check, { source, declare }, limitMs);
      return findings.map((finding) => ({ check: check.name, ...finding }));
    }),
  );
  const configuration = checkConfiguration(source).map((finding) => ({
    check: 'configuration',
    ...finding,
  }));
  return [...configuration, ...rows.flat()];
}

function checkConfiguration(source?: EnvironmentSource): Finding[] {
  const problems = problemsOf(CONCERNS, source);
  return problems.length === 0
    ? [ok('every variable is valid')]
    : problems.map((problem) => failed(problem, 'Correct it: docs/configuration.md.'));
}

async function runCheck(
  check: Check,
  { source, declare }: Pick<CheckContext, 'source' | 'declare'>,
  limitMs: number,
): Promise<Finding[]> {
  if (problemsOf(check.needs, source).length > 0) {
    return [failed('not checked: its configuration is invalid', 'Correct that first.')];
  }
  const configs = loadConfig(check.needs, source);
  const config = <T>(type: ConfigClass<T>): T => configs.get(type) as T;
  try {
    return [await within(limitMs, check.run({ source, declare, config }))].flat();
  } catch (error) {
    return [failed(reason(error), check.advice)];
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
