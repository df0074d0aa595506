import { Injectable } from '@nestjs/common';
import { deviceResultSchema, type DeviceResult } from '@push/contracts';
import { ClaimStore, ClaimUnusableError, type ClaimView } from '@push/idempotency';
import { readRecordedOutcome } from '../../delivery/outcome';
import { TimelineStore } from '../../timeline/timeline.store';
import type { ClaimState, TimelineAnswer } from './notifications.schema';

/** Reads what is recorded about one notification. */
@Injectable()
export class NotificationLookup {
  constructor(
    private readonly claims: ClaimStore,
    private readonly timelines: TimelineStore,
  ) {}

  /**
   * @param id a request_id, else a notification_id
   * @returns undefined where nothing is recorded
   * @throws {ClaimStoreUnavailableError}, {RedisUnavailableError} or {DependencyDownError} while Redis is unreachable
   */
  async find(id: string): Promise<TimelineAnswer | undefined> {
    const direct = await this.findRequest(id);
    if (direct) return direct;
    const requestId = await this.timelines.requestOf(id);
    return requestId === undefined ? undefined : this.findRequest(requestId);
  }

  /** The claim of a request, and its version where it has one. Throws as `find`. */
  async claim(requestId: string): Promise<{ claim: ClaimState; version?: string }> {
    try {
      const view = await this.claims.peek(requestId);
      return { claim: claimState(view), ...('version' in view && { version: view.version }) };
    } catch (error) {
      if (error instanceof ClaimUnusableError) return { claim: { ...UNKNOWN, state: 'unusable' } };
      throw error;
    }
  }

  private async findRequest(requestId: string): Promise<TimelineAnswer | undefined> {
    const [{ claim }, { events, full }] = await Promise.all([
      this.claim(requestId),
      this.timelines.read(requestId),
    ]);
    if (claim.state === 'unknown' && events.length === 0) return undefined;
    return {
      request_id: requestId,
      claim,
      events: events.map(({ at, ...details }) => ({ at: new Date(at).toISOString(), ...details })),
      full,
    };
  }
}

const UNKNOWN: ClaimState = {
  state: 'unknown',
  lease_left_ms: null,
  take_overs: null,
  outcome: null,
  code: null,
  error: null,
  ended_at: null,
  devices: [],
};

function claimState(view: ClaimView): ClaimState {
  const { state } = view;
  switch (state) {
    case 'unknown':
      return UNKNOWN;
    case 'done':
      return { ...UNKNOWN, state, ...outcomeOf(view.result) };
    case 'held':
    case 'open':
      return {
        ...UNKNOWN,
        state,
        lease_left_ms: state === 'held' ? view.remainingMs : null,
        take_overs: view.takeOvers,
        devices: [...view.devices.values()].flatMap(deviceResult),
        ...('decided' in view && outcomeOf(view.decided)),
      };
    default:
      return state satisfies never;
  }
}

function outcomeOf(record: unknown): Partial<ClaimState> {
  const recorded = readRecordedOutcome(record);
  if (!recorded) return {};
  const common = { outcome: recorded.kind, ended_at: recorded.at };
  switch (recorded.kind) {
    case 'delivered':
      return { ...common, devices: recorded.devices.flatMap(deviceResult) };
    case 'skipped':
      return { ...common, code: recorded.reason };
    case 'expired':
      return common;
    case 'rejected':
    case 'exhausted': {
      const { code, error, devices } = recorded;
      return { ...common, code, error, devices: devices.flatMap(deviceResult) };
    }
    default:
      return recorded satisfies never;
  }
}

/** Drops what does not have the form of a result, as it may contain a token. */
function deviceResult(record: unknown): DeviceResult[] {
  const { data } = deviceResultSchema.safeParse(record);
  return data === undefined ? [] : [data];
}
