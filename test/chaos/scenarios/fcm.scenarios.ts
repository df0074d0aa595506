import type { Fault } from '../fault';

/** FCM answers every send, or some, in one of its bad ways. */
function fcm(
  name: string,
  faults: object[],
  rest: Omit<Fault, 'name' | 'inject' | 'lift'> = {},
): Fault {
  return {
    ...rest,
    name: `fcm: ${name}`,
    inject: ({ world }) => world.setFcmFaults(...faults),
    lift: ({ world }) => world.setFcmFaults(),
  };
}

/** What is left when all three tries of one push meet a fault that is tossed for. */
const UNLUCKY = ['unavailable', 'internal', 'network', 'timeout'] as const;

export const fcmFaults: readonly Fault[] = [
  fcm('503', [{ then: { status: 503 } }]),
  fcm('500', [{ then: { status: 500 } }]),
  fcm('429 with Retry-After', [{ then: { status: 429, retry_after: 1 } }]),
  // Google: without a Retry-After wait for 60 s.
  fcm('429 without Retry-After', [{ then: { status: 429 } }], {
    settleMs: 150_000,
    allows: { recoversWithin: 80 },
  }),
  fcm('hang', [{ then: { hang: true } }], { holdMs: 6000 }),
  fcm('connection reset', [{ then: { reset: true } }]),
  fcm('accept_then_reset', [{ probability: 0.2, then: { accept_then_reset: true } }], {
    allows: { mayResend: 'answers lost', mayFailFor: UNLUCKY },
  }),
  fcm('GOAWAY', [{ probability: 0.1, then: { goaway: true } }]),
  fcm('half the requests fail', [{ probability: 0.5, then: { status: 503 } }], {
    allows: { mayFailFor: UNLUCKY },
  }),
  fcm('latency of 2 s', [{ then: { latency_ms: 2000 } }], { holdMs: 5000 }),
  fcm('credentials refused', [{ then: { status: 401, error_code: 'UNAUTHENTICATED' } }]),
];
