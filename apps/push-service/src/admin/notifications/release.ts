import { ConflictException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { ClaimStore } from '@push/idempotency';
import { Timeline } from '../../timeline/timeline';
import { mayHaveBeenShown } from './claim-state';
import { NotificationLookup } from './notification-lookup';
import type { Released } from './notification.schema';

/** Has a request forgotten, so that it can be sent again. */
@Injectable()
export class Release {
  private readonly logger = new Logger(Release.name);

  constructor(
    private readonly lookup: NotificationLookup,
    private readonly claims: ClaimStore,
    private readonly timeline: Timeline,
  ) {}

  /**
   * @param confirmed whether it may be shown again where a device may have shown it
   * @throws {NotFoundException} where no claim is known
   * @throws {ConflictException} while a worker holds it, or without the confirmation that it needs
   * @throws the store's errors while Redis is away
   */
  async release(requestId: string, actor: string, confirmed: boolean): Promise<Released> {
    const { claim: recorded, version } = await this.lookup.claim(requestId);
    if (recorded.state === 'unknown') {
      throw new NotFoundException({
        error: 'not_found',
        message: 'Nothing is recorded under this request_id: nothing keeps it from being sent',
      });
    }
    if (recorded.state === 'held') throw inProgress();
    if (!confirmed && mayHaveBeenShown(recorded)) {
      throw new ConflictException({
        error: 'already_delivered',
        message:
          'It may have been shown on a device, and could be shown again; send { "confirm_delivered": true } if that is meant',
      });
    }
    // A worker may have taken it since, and have shown it.
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

function inProgress(): ConflictException {
  return new ConflictException({
    error: 'in_progress',
    message: 'A worker is on it; wait until it has come to its end, or its lease has run out',
  });
}
