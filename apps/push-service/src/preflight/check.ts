import type { ConfigClass, EnvironmentSource } from '@push/config';

export type CheckResult = 'ok' | 'warning' | 'failed';

/** What one look has found. */
export interface Finding {
  result: CheckResult;
  /** What is there; no secrets. */
  found: string;
  /** What to do about it. */
  advice?: string;
}

/** One row of the report. */
export interface CheckReport extends Finding {
  check: string;
}

/** One thing that is looked at before a start. */
export interface Check {
  name: string;
  /** What it needs of the configuration; with any of it wrong there is nothing to look at. */
  needs: readonly ConfigClass[];
  /** Several findings become several rows. Rejects where it cannot be used. */
  run: (context: CheckContext) => Promise<Finding | readonly Finding[]>;
  /** What to do where it rejects, or takes too long. */
  advice: string;
}

/** What a check works with. */
export interface CheckContext {
  source?: EnvironmentSource;
  /** Whether what is missing at the broker may be declared. */
  declare: boolean;
  /** The validated configuration. */
  config: <T>(type: ConfigClass<T>) => T;
}

export const ok = (found: string): Finding => ({ result: 'ok', found });

export const warning = (found: string, advice: string): Finding => ({
  result: 'warning',
  found,
  advice,
});

export const failed = (found: string, advice: string): Finding => ({
  result: 'failed',
  found,
  advice,
});
