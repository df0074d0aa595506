/**
 * Specs that `npm test` leaves to `npm run test:all`, because a newcomer's run has to end within eight minutes on two
 * cores. Each takes over half a minute: real time-outs, thousands of messages, or many processes one after the other.
 */
export const slowSpecs = [
  'test/e2e/abuse/slow-clients.e2e-spec.ts',
  'test/e2e/admin/dead-letters-many.e2e-spec.ts',
  'test/e2e/preflight/preflight.e2e-spec.ts',
  'test/e2e/push/crashes.e2e-spec.ts',
  'test/e2e/push/existing-queues.e2e-spec.ts',
];
