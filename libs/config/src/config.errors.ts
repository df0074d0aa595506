import type { ConfigProblem } from './environment';

/** The environment cannot be worked with. The message names every wrong variable and no values. */
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
