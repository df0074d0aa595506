import { Logger } from '@nestjs/common';
import { RecentCount } from '../metrics/delivery.metrics';

/** When refused tokens are too many. */
export interface SafetyLimits {
  /** Milliseconds over which tokens are counted. */
  windowMs: number;
  /** Share of refused tokens, in percent, that exceeds the threshold. */
  percent: number;
  /** Least number of refused tokens that does. */
  min: number;
}

/** What to do with a token that was refused: report it, keep it waiting, or discard this refusal. */
export type TokenDecision = 'report' | 'wait' | 'discard';

const ENGAGED =
  'Token safety threshold exceeded: FCM refuses so many device tokens that none is reported to the user service as ' +
  'dead. Check FIREBASE_PROJECT_ID and the credentials, and that USER_SERVICE_URL leads to the same environment';

/**
 * Distinguishes dead tokens from a wrong configuration. With the wrong Firebase project, or the database of another
 * environment, every token looks dead, and reporting them would delete every device there is.
 *
 * A refused token waits for one window: if many others follow it, the threshold is exceeded before it is reported. While
 * FCM accepts nothing at all, no token is reported, however few are refused.
 */
export class TokenSafetyThreshold {
  private readonly logger = new Logger(TokenSafetyThreshold.name);
  private readonly accepts: RecentCount;
  private readonly refusals: RecentCount;
  private isEngaged = false;
  private acceptedAt = -Infinity;
  /** Refusals since FCM last accepted something, however long ago. */
  private inARow = 0;
  /** When the threshold was last exceeded. */
  private exceededAt = -Infinity;

  constructor(
    private readonly limits: SafetyLimits,
    private readonly clock: () => number = Date.now,
  ) {
    this.accepts = new RecentCount(limits.windowMs, clock);
    this.refusals = new RecentCount(limits.windowMs, clock);
  }

  /**
   * Whether no token may be reported now: from the moment the threshold is exceeded until it has not been for one window
   * and FCM has accepted something since.
   */
  get engaged(): boolean {
    const { exceededAt, acceptedAt } = this;
    const { windowMs } = this.limits;
    if (this.isEngaged && this.clock() - exceededAt >= windowMs && acceptedAt > exceededAt) {
      this.isEngaged = false;
      this.logger.log({ window_ms: windowMs }, 'Dead device tokens are reported again');
    }
    return this.isEngaged;
  }

  /** FCM has accepted a push for a token. */
  accepted(): void {
    this.accepts.add();
    this.acceptedAt = this.clock();
    this.inARow = 0;
  }

  /** FCM has refused a token, as dead or as another project's. */
  refused(): void {
    this.refusals.add();
    this.inARow += 1;
    const refused = this.refusals.total();
    const accepted = this.accepts.total();
    const { windowMs, percent, min } = this.limits;
    // With little traffic the refusals take longer than one window; then it counts that nothing was accepted in between.
    const many = Math.max(refused, this.inARow) >= min;
    if (!many || refused * 100 < percent * (refused + accepted)) return;
    this.exceededAt = this.clock();
    if (this.isEngaged) return;
    this.isEngaged = true;
    const fields = { refused, accepted, window_ms: windowMs, refused_in_a_row: this.inARow };
    this.logger.error(fields, ENGAGED);
  }

  /** @param refusedAt when FCM refused the token, by the threshold's own clock */
  decide(refusedAt: number): TokenDecision {
    const { windowMs } = this.limits;
    if (this.clock() - refusedAt < windowMs) return 'wait';
    if (this.engaged || refusedAt <= this.exceededAt) return 'discard';
    return this.acceptedAt > refusedAt - windowMs ? 'report' : 'wait';
  }
}
