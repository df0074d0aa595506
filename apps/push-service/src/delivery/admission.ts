import { Injectable } from '@nestjs/common';
import { ClaimStore, type Claim, type ClaimAnswer } from '@push/idempotency';
import { DeliveryConfig } from './delivery.config';
import { Turns } from './turns';

/** Take-overs after which a request is suspected of killing its workers; one may happen to anybody. */
const SUSPECT_AFTER = 2;

/**
 * Lets a request in by its claim. One that may be killing its workers works alone among its like, so that its next
 * crash does not speak against others, and is given up after as many deliveries as are configured.
 */
@Injectable()
export class Admission {
  private readonly suspects = new Turns();

  constructor(
    private readonly claims: ClaimStore,
    private readonly config: DeliveryConfig,
  ) {}

  /**
   * Claims the request and works on it.
   * @param work what is done with the answer; a suspect's runs alone
   * @throws whatever {@link ClaimStore.claim} or the work throws
   */
  async admit<T>(requestId: string, work: (answer: ClaimAnswer) => Promise<T>): Promise<T> {
    const answer = await this.claims.claim(requestId);
    if (answer.state !== 'claimed' || answer.claim.takeOvers < SUSPECT_AFTER) return work(answer);
    // A crash while it waits its turn is none of its doing: without a claim it is not counted.
    await answer.claim.release();
    return this.suspects.take(async () => work(await this.claims.claim(requestId)));
  }

  /**
   * Whether a request has been taken up too often without coming to an end.
   * @param deliveries times its message has been begun before and did not get through
   */
  isGivenUp(deliveries: number, claim: Claim): boolean {
    return Math.max(deliveries, claim.takeOvers) >= this.config.giveUpAfterDeliveries;
  }
}
