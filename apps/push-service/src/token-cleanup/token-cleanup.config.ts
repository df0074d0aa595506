import { environment, integer } from '@push/config';

/** When so many device tokens look dead that a wrong configuration is more likely. */
export class TokenCleanupConfig extends environment({
  TOKEN_BRAKE_WINDOW_MS: integer(60_000, { min: 1000, max: 3_600_000 }),
  TOKEN_BRAKE_PERCENT: integer(50, { min: 1, max: 100 }),
  TOKEN_BRAKE_MIN: integer(20, { min: 1 }),
}) {
  /** Milliseconds over which refusals are counted, and that each dead token waits before it is reported. @default 60000 */
  readonly windowMs = this.env.TOKEN_BRAKE_WINDOW_MS;
  /** Share of refused tokens, in percent, from which they are too many. @default 50 */
  readonly percent = this.env.TOKEN_BRAKE_PERCENT;
  /** Fewer refused tokens than this are never too many. @default 20 */
  readonly min = this.env.TOKEN_BRAKE_MIN;
}
