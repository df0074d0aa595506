import { Injectable } from '@nestjs/common';
import { ClaimStore, ClaimUnusableError } from '@push/idempotency';
import type { TimelineEvent } from '../../timeline/timeline-event.schema';
import { TimelineStore } from '../../timeline/timeline.store';
import { claimState, UNUSABLE } from './claim-state';
import type { ClaimState, TimelineAnswer } from './notification.schema';

/** What a claim said, and which one it was; undefined where there is none that could be told from another. */
export interface SeenClaim {
  claim: ClaimState;
  version?: string;
}

/** Finds what is known of one notification. */
@Injectable()
export class NotificationLookup {
  constructor(
    private readonly claims: ClaimStore,
    private readonly timelines: TimelineStore,
  ) {}

  /**
   * What became of a request, by its own id, else by that of its notification.
   * @returns undefined where nothing is known of it
   * @throws {ClaimStoreUnavailableError}, {RedisUnavailableError} or {DependencyDownError} while Redis is away
   */
  async find(id: string): Promise<TimelineAnswer | undefined> {
    const direct = await this.ofRequest(id);
    if (direct) return direct;
    const requestId = await this.timelines.requestOf(id);
    return requestId === undefined ? undefined : this.ofRequest(requestId);
  }

  /** What the claim of a request says. Throws as `find`. */
  async claim(requestId: string): Promise<SeenClaim> {
    try {
      const view = await this.claims.peek(requestId);
      return { claim: claimState(view), ...('version' in view && { version: view.version }) };
    } catch (error) {
      if (error instanceof ClaimUnusableError) return { claim: UNUSABLE };
      throw error;
    }
  }

  private async ofRequest(requestId: string): Promise<TimelineAnswer | undefined> {
    const [{ claim }, { events, full }] = await Promise.all([
      this.claim(requestId),
      this.timelines.read(requestId),
    ]);
    if (claim.state === 'unknown' && events.length === 0) return undefined;
    return {
      request_id: requestId,
      claim,
      events: events.map(dated),
      full,
    };
  }
}

function dated({ at, ...happened }: TimelineEvent): TimelineAnswer['events'][number] {
  return { at: new Date(at).toISOString(), ...happened };
}
