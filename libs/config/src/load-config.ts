import { z } from 'zod';
import { ConfigError } from './config.errors';
import type { ConfigClass, ConfigProblem, EnvironmentSource } from './environment';

/**
 * Builds one validated object per configuration class from the environment.
 *
 * @throws {ConfigError} once, naming every wrong variable of every class
 */
export function loadConfig(
  classes: readonly ConfigClass[],
  source: EnvironmentSource = process.env,
): Map<ConfigClass, unknown> {
  const problems: ConfigProblem[] = [];
  const parsed = new Map<ConfigClass, unknown>();
  for (const config of classes) {
    const result = z.object(config.shape).safeParse(source);
    if (!result.success) {
      problems.push(
        ...result.error.issues.map((issue) => ({
          variable: String(issue.path[0]),
          problem: issue.message,
        })),
      );
      continue;
    }
    problems.push(...(config.rule?.(result.data as never) ?? []));
    parsed.set(config, result.data);
  }
  if (problems.length > 0) throw new ConfigError(distinct(problems));
  return new Map(classes.map((config) => [config, new config(parsed.get(config) as never)]));
}

function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((item) => [`${item.variable} ${item.problem}`, item])).values()];
}
