import type { ClaimState, Released, TimelineAnswer } from './notification.schema';

const DEVICE = {
  device: 'fGhJ...x9Kq',
  fingerprint: '6b1f0c2d9a3e4f5a6b7c8d9e',
  platform: 'android',
};

const CLAIM: ClaimState = {
  state: 'done',
  lease_left_ms: null,
  take_overs: null,
  outcome: 'delivered',
  code: null,
  error: null,
  ended_at: '2026-11-24T09:30:00.112Z',
  devices: [
    { ...DEVICE, status: 'delivered', message_id: 'projects/p/messages/0:1732', error_code: null },
  ],
};

const at = '2026-11-24T09:30:00.100Z';

/** A request that was delivered. */
export const TIMELINE_EXAMPLE: TimelineAnswer = {
  request_id: 'order-4711',
  claim: CLAIM,
  events: [
    {
      at,
      event: 'received',
      queued_ms: 4,
      redelivered: false,
      parked_count: 0,
      instance: 'push-7c9:1',
    },
    { at, event: 'claim', answer: 'claimed', taken_over: false, take_overs: 0 },
    { at, event: 'looked_up', from: 'user_service', devices: 1, ms: 3 },
    { at, event: 'tried', ...DEVICE, code: 'OK', ms: 81 },
    { at, event: 'ended', outcome: 'delivered' },
    { at, event: 'announced', status: 'delivered' },
    { at, event: 'reported', tries: 1, ms: 6 },
  ],
  full: false,
};

export const RELEASED_EXAMPLE: Released = { request_id: 'order-4711', recorded: CLAIM };
