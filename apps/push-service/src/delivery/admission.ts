import { Injectable } from '@nestjs/common';
import { ClaimStore, type Claim, type ClaimAnswer } from '@push/idempotency';
import { inSpan } from '@push/observability';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { claimAnswered } from '../timeline/happened';
import { note } from '../timeline/journey';
import { DeliveryConfig } from './delivery.config';
import { StoppingError } from './delivery.errors';
import { Beginnings, Turns } from './turns';

/** Take-overs after which a request is suspected of killing its workers; one may happen to anybody. */
const SUSPECT_AFTER = 2;
/** Suspects that wait for their turn in memory; each holds a place in the window. */
const WAITING_AT_MOST = 2;

/**
 * Lets a request in by its claim. One that may be killing its workers works alone among its like, so that its next
 * crash does not speak against others, and is given up after as many take-overs as are configured.
 */
@Injectable()
export class Admission {
  private readonly suspects = new Turns();
  private stopping = false;

  constructor(
    private readonly claims: ClaimStore,
    private readonly beginnings: Beginnings,
    private readonly config: DeliveryConfig,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /**
   * Claims the request and works on it.
   * @param work what is done with the answer; a suspect's runs alone, and one for which there is no room to wait is
   * answered `held`
   * @param onClaimed told as soon as there is a claim, which counts from then on; work waits for it. @default nobody is
   * @throws {StoppingError} where the turn of a suspect comes too late
   * @throws whatever {@link ClaimStore.claim} or the work throws
   */
  async admit<T>(
    requestId: string,
    work: (answer: ClaimAnswer) => T | Promise<T>,
    onClaimed?: () => Promise<void>,
  ): Promise<T> {
    const answer = await this.claim(requestId);
    if ('claim' in answer) {
      if (answer.claim.takenOver) this.metrics.claimTakenOver();
      if (onClaimed) await onClaimed();
    }
    if (answer.state !== 'claimed' || answer.claim.takeOvers < SUSPECT_AFTER) return work(answer);
    // A crash while it waits its turn is none of its doing: without a claim it is not counted.
    await answer.claim.release();
    if (this.suspects.waiting >= WAITING_AT_MOST) {
      return work({ state: 'held', remainingMs: Infinity });
    }
    return this.suspects.take(() =>
      this.beginnings.take(async (over) => {
        if (this.stopping) throw new StoppingError();
        const now = await this.claim(requestId);
        setImmediate(over);
        return work(now);
      }),
    );
  }

  private async claim(requestId: string): Promise<ClaimAnswer> {
    const startedAt = performance.now();
    try {
      const answer = await inSpan('claim', () => this.claims.claim(requestId));
      note(claimAnswered(answer));
      return answer;
    } finally {
      this.metrics.stage('claim', (performance.now() - startedAt) / 1000);
    }
  }

  /** The process is to end: no suspect begins any more. */
  stop(): void {
    this.stopping = true;
  }

  /**
   * Whether a request has been taken up too often without coming to an end.
   * @param begunBefore times its message was begun and did not get as far as its claim
   */
  isGivenUp(begunBefore: number, claim: Claim): boolean {
    return Math.max(begunBefore, claim.takeOvers) >= this.config.giveUpAfterDeliveries;
  }

  /** Whether not even giving it up has come to an end. */
  isPastGivingUp(claim: Claim): boolean {
    return claim.takeOvers > this.config.giveUpAfterDeliveries;
  }
}
