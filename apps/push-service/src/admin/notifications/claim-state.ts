import { deviceResultSchema, type DeviceResult } from '@push/contracts';
import type { ClaimView } from '@push/idempotency';
import { readRecordedOutcome } from '../../delivery/outcome';
import type { ClaimState } from './notification.schema';

const NOTHING: ClaimState = {
  state: 'unknown',
  lease_left_ms: null,
  take_overs: null,
  outcome: null,
  code: null,
  error: null,
  ended_at: null,
  devices: [],
};

/** A claim that only a person can read. */
export const UNUSABLE: ClaimState = { ...NOTHING, state: 'unusable' };

/** What a claim says, as it is answered. */
export function claimState(view: ClaimView): ClaimState {
  const { state } = view;
  switch (state) {
    case 'unknown':
      return NOTHING;
    case 'done':
      return { ...NOTHING, state, ...ends(view.result) };
    case 'held':
    case 'open':
      return {
        ...NOTHING,
        state,
        lease_left_ms: state === 'held' ? view.remainingMs : null,
        take_overs: view.takeOvers,
        devices: [...view.devices.values()].flatMap(deviceOf),
        ...('decided' in view && ends(view.decided)),
      };
    default:
      return state satisfies never;
  }
}

/** Whether a device may have shown it. What cannot be read any more may have been a delivery. */
export function mayHaveBeenShown({ state, outcome, devices }: ClaimState): boolean {
  if (outcome === 'delivered' || devices.some(({ status }) => status === 'delivered')) return true;
  return state === 'unusable' || (state === 'done' && outcome === null);
}

function ends(record: unknown): Partial<ClaimState> {
  const end = readRecordedOutcome(record);
  if (!end) return {};
  const said = { outcome: end.kind, ended_at: end.at };
  switch (end.kind) {
    case 'delivered':
      return { ...said, devices: end.devices.flatMap(deviceOf) };
    case 'skipped':
      return { ...said, code: end.reason };
    case 'expired':
      return said;
    case 'rejected':
    case 'exhausted':
      return { ...said, code: end.code, error: end.error, devices: end.devices.flatMap(deviceOf) };
    default:
      return end satisfies never;
  }
}

/** Only what has the form of a result: whatever else lies there may hold a token. */
function deviceOf(record: unknown): DeviceResult[] {
  const result = deviceResultSchema.safeParse(record);
  return result.success ? [result.data] : [];
}
