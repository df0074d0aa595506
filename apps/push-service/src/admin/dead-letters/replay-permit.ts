import { Injectable } from '@nestjs/common';
import { ClaimStore, type ClaimView } from '@push/idempotency';
import { readRecordedOutcome } from '../../delivery/outcome';

/** Whether a request may be sent again; `unclear` where it has ended, and nobody can say any more how. */
export type Permit = 'granted' | 'in_progress' | 'unclear';

/** Asks the claim of a request whether it may be delivered again, and makes way for it. */
@Injectable()
export class ReplayPermit {
  constructor(private readonly claims: ClaimStore) {}

  /**
   * Forgets how the request has failed: a replay would be answered by that. A request that was delivered stays known, so
   * that a replay of it ends as a duplicate, as when a process dies between publishing it and removing its letter.
   * @throws as {@link ClaimStore.peek}
   */
  async ask(requestId: string): Promise<Permit> {
    const view = await this.claims.peek(requestId);
    switch (view.state) {
      case 'unknown':
        return 'granted';
      case 'held':
        return 'in_progress';
      case 'open':
      case 'done':
        return this.makeWay(requestId, view);
      default:
        return view satisfies never;
    }
  }

  private async makeWay(
    requestId: string,
    view: Extract<ClaimView, { state: 'open' | 'done' }>,
  ): Promise<Permit> {
    const end = view.state === 'done' ? view.result : view.decided;
    if (view.state === 'open' && end === undefined) return 'granted';
    const ending = readRecordedOutcome(end);
    if (ending === undefined) return 'unclear';
    if (ending.kind === 'rejected' || ending.kind === 'exhausted') {
      // Two letters of one request: the other one may be on its way by now, or on a screen.
      const forgotten = await this.claims.forget(requestId, view.version);
      return forgotten ? 'granted' : 'in_progress';
    }
    return 'granted';
  }
}
