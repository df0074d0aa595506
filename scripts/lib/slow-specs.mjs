/**
 * Specs that `npm test` leaves to `npm run test:all`, because a newcomer's run has to end within eight minutes on two
 * cores. Each takes long for its subject: real waits, many messages, servers of its own.
 */
export const slowSpecs = ['test/e2e/preflight/preflight.e2e-spec.ts'];
