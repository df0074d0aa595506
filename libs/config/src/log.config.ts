import { environment } from './environment';
import { oneOf } from './variables';

/** What is logged. */
export class LogConfig extends environment({
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
}) {
  /** @default 'info' */
  readonly level = this.env.LOG_LEVEL;
}
