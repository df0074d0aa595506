import { z } from 'zod';

/** Raw variables by name, as in `process.env`. */
export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

/** One thing wrong with the environment: which variable, and what it should be. Never its value. */
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

/**
 * Base class for one concern's configuration: declares which variables it reads and how each is validated.
 *
 * ```ts
 * export class RetryConfig extends environment({ RETRY_MAX_TRIES: integer(3, { min: 1 }) }) {
 *   readonly maxTries = this.env.RETRY_MAX_TRIES;
 * }
 * ```
 * @param shape variable name -> zod schema; defaults belong into the schema
 * @param rule problems that only several variables together show
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
