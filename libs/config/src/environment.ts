import { Module, type DynamicModule } from '@nestjs/common';
import { z } from 'zod';

/** Raw variables by name, as in `process.env`. */
export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

/** One problem of the environment: which variable, and what it should be. Never its value. */
export interface ConfigProblem {
  variable: string;
  problem: string;
}

/** A configuration class made with {@link environment}: its shape, its cross-variable rule, its constructor. */
export interface ConfigClass<T = unknown> {
  readonly shape: z.ZodRawShape;
  readonly rule?: (env: never) => ConfigProblem[];
  new (env: never): T;
}

/** The environment is not valid. The message names every wrong variable and no values. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly retryable = false;

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(
      [
        'The configuration is not valid. Correct these environment variables and start again:',
        ...problems.map(({ variable, problem }) => `  ${variable} ${problem}`),
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}

/**
 * Base class for one concern's configuration: declares which variables it reads and how each is validated.
 *
 * ```ts
 * export class RetryConfig extends environment({ RETRY_MAX_TRIES: integer(3, { min: 1 }) }) {
 *   readonly maxTries = this.env.RETRY_MAX_TRIES;
 * }
 * ```
 * @param shape variable name -> zod schema; defaults belong into the schema
 * @param rule finds problems that involve several variables
 */
export function environment<S extends z.ZodRawShape>(
  shape: S,
  rule?: (env: z.output<z.ZodObject<S>>) => ConfigProblem[],
) {
  return class {
    static readonly shape = shape;
    static readonly rule = rule;
    constructor(protected readonly env: z.output<z.ZodObject<S>>) {}
  };
}

/**
 * Builds one validated object per configuration class from the environment.
 *
 * @throws {ConfigError} once, naming every wrong variable of every class
 */
export function loadConfig(
  classes: readonly ConfigClass[],
  source: EnvironmentSource = process.env,
): Map<ConfigClass, unknown> {
  // By its text, as several classes may read the same variable.
  const problems = new Map<string, ConfigProblem>();
  const add = (problem: ConfigProblem): void => {
    problems.set(`${problem.variable} ${problem.problem}`, problem);
  };
  const parsed = new Map<ConfigClass, unknown>();
  for (const config of classes) {
    const { data, error } = z.object(config.shape).safeParse(source);
    for (const { path, message } of error?.issues ?? []) {
      add({ variable: String(path[0]), problem: message });
    }
    if (error) continue;
    config.rule?.(data as never).forEach(add);
    parsed.set(config, data);
  }
  if (problems.size > 0) throw new ConfigError([...problems.values()]);
  return new Map(classes.map((config) => [config, new config(parsed.get(config) as never)]));
}

/** Provides each configuration class, validated, for injection anywhere in the app. */
@Module({})
export class ConfigModule {
  /**
   * @param classes the concerns of this app
   * @param source the variables; those of the process when left out
   * @throws {ConfigError} when any variable is wrong
   */
  static forRoot(classes: readonly ConfigClass[], source?: EnvironmentSource): DynamicModule {
    const providers = [...loadConfig(classes, source)].map(([provide, useValue]) => ({
      provide,
      useValue,
    }));
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
