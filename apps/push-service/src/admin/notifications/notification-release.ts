import { ConflictException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { ClaimStore } from '@push/idempotency';
import { Timeline } from '../../timeline/timeline';
import { NotificationLookup } from './notification-lookup';
import type { ClaimState, Released } from './notifications.schema';

/** Deletes the record of a request, so that it can be sent again. */
@Injectable()
export class NotificationRelease {
  private readonly logger = new Logger(NotificationRelease.name);

  constructor(
    private readonly lookup: NotificationLookup,
    private readonly claims: ClaimStore,
    private readonly timeline: Timeline,
  ) {}

  /**
   * @param confirmed whether it may be shown again where a device may have shown it
   * @throws {NotFoundException} where nothing is recorded
   * @throws {ConflictException} while a worker holds the claim, or without the confirmation that is required
   * @throws as {@link NotificationLookup.claim}
   */
  async release(requestId: string, actor: string, confirmed: boolean): Promise<Released> {
    const { claim: recorded, version } = await this.lookup.claim(requestId);
    if (recorded.state === 'unknown') {
      throw new NotFoundException({
        error: 'not_found',
        message: 'Nothing is recorded under this request_id: nothing prevents it from being sent',
      });
    }
    if (recorded.state === 'held') throw inProgress();
    if (!confirmed && mayHaveBeenShown(recorded)) {
      throw new ConflictException({
        error: 'already_delivered',
        message:
          'A device may have shown it and could show it again; send { "confirm_delivered": true } if that is intended',
      });
    }
    // A worker may have claimed it meanwhile, and delivered it.
    if (!(await this.claims.forget(requestId, version))) throw inProgress();
    this.timeline.record(requestId, {
      event: 'released',
      actor,
      was: recorded.outcome ?? recorded.state,
    });
    this.logger.log(
      { actor, request_id: requestId, state: recorded.state, outcome: recorded.outcome },
      'Request released: it can be sent again',
    );
    return { request_id: requestId, recorded };
  }
}

/** A record that is unreadable may have been that of a delivery. */
function mayHaveBeenShown({ state, outcome, devices }: ClaimState): boolean {
  if (outcome === 'delivered' || devices.some(({ status }) => status === 'delivered')) return true;
  return state === 'unusable' || (state === 'done' && outcome === null);
}

function inProgress(): ConflictException {
  return new ConflictException({
    error: 'in_progress',
    message: 'A worker is processing it; wait until it is done, or until its lease has expired',
  });
}
