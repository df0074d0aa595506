import { environment } from './environment';
import { oneOf } from './variables';

/** From all to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevelName = (typeof LOG_LEVELS)[number];

/** What is logged. */
export class LogConfig extends environment({
  LOG_LEVEL: oneOf(LOG_LEVELS, 'info'),
}) {
  /** @default 'info' */
  readonly level = this.env.LOG_LEVEL;
}
