import { Logger } from '@nestjs/common';
import { RecentCount } from '../metrics/recent';

/** When the brake engages. */
export interface BrakeLimits {
  /** Milliseconds that are looked back on. */
  windowMs: number;
  /** Share of refused tokens, in percent, that engages it. */
  percent: number;
  /** Least number of refused tokens that does. */
  min: number;
}

/** What is to become of a token that was refused: report it, wait, or forget this refusal. */
export type BrakeVerdict = 'report' | 'wait' | 'discard';

const WHAT_TO_CHECK =
  'Token brake engaged: FCM refuses so many device tokens that none is reported to the user service as dead. Check ' +
  'FIREBASE_PROJECT_ID and the credentials, and that USER_SERVICE_URL leads to the same environment';

/**
 * Tells tokens that have died from a service that is set up wrongly. With the wrong Firebase project, or the database of
 * another environment, every token looks dead, and reporting them would delete every device there is.
 *
 * A refused token is held for as long as the window is: a mass that begins with it has engaged the brake before its time
 * has come. And while FCM accepts nothing at all, no token is taken for dead, however few there are.
 */
export class TokenSafetyThreshold {
  private readonly logger = new Logger(TokenSafetyThreshold.name);
  private readonly accepts: RecentCount;
  private readonly refusals: RecentCount;
  private braking = false;
  private acceptedAt = -Infinity;
  /** Refusals since FCM last accepted something, however long ago. */
  private inARow = 0;
  /** When there last was a mass. */
  private massAt = -Infinity;

  constructor(
    private readonly limits: BrakeLimits,
    private readonly clock: () => number = Date.now,
  ) {
    this.accepts = new RecentCount(limits.windowMs, clock);
    this.refusals = new RecentCount(limits.windowMs, clock);
  }

  /** Whether nothing is reported just now. */
  get engaged(): boolean {
    if (this.braking && this.isCalm()) {
      this.braking = false;
      this.logger.log({ window_ms: this.limits.windowMs }, 'Token brake released');
    }
    return this.braking;
  }

  /** FCM has accepted a push for a token. */
  accepted(): void {
    this.accepts.add();
    this.acceptedAt = this.clock();
    this.inARow = 0;
  }

  /** FCM has refused a token, as dead or as another project's. Only now is there reason to look at the share of them. */
  refused(): void {
    this.refusals.add();
    this.inARow += 1;
    const refused = this.refusals.total();
    const accepted = this.accepts.total();
    const { windowMs, percent, min } = this.limits;
    // Where there is little to send, a mass takes longer than the window; that nothing at all is accepted gives it away.
    const many = Math.max(refused, this.inARow) >= min;
    if (!many || refused * 100 < percent * (refused + accepted)) return;
    this.massAt = this.clock();
    if (this.braking) return;
    this.braking = true;
    const figures = { refused, accepted, window_ms: windowMs, refused_in_a_row: this.inARow };
    this.logger.error(figures, WHAT_TO_CHECK);
  }

  /** @param refusedAt when FCM refused the token, by the brake's own clock */
  verdict(refusedAt: number): BrakeVerdict {
    const { windowMs } = this.limits;
    if (this.clock() - refusedAt < windowMs) return 'wait';
    if (this.engaged || refusedAt <= this.massAt) return 'discard';
    return this.acceptedAt > refusedAt - windowMs ? 'report' : 'wait';
  }

  /** For a whole window there was no mass, and FCM has accepted something since. */
  private isCalm(): boolean {
    const { massAt, acceptedAt } = this;
    return this.clock() - massAt >= this.limits.windowMs && acceptedAt > massAt;
  }
}
