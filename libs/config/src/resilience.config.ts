import { environment } from './environment';
import { integer } from './variables';

/** How often one send is tried, and with which delays. */
export class RetryConfig extends environment({
  RETRY_MAX_TRIES: integer(3, { min: 1, max: 20 }),
  RETRY_INITIAL_DELAY_MS: integer(1000, { min: 1 }),
  RETRY_MAX_DELAY_MS: integer(60_000, { min: 1 }),
  RETRY_MAX_WAIT_IN_MEMORY_MS: integer(5000, { min: 0 }),
}) {
  /** Calls in all, the first included. @default 3 */
  readonly maxTries = this.env.RETRY_MAX_TRIES;
  /** Wait before the second try; doubles with each. @default 1000 */
  readonly initialDelayMs = this.env.RETRY_INITIAL_DELAY_MS;
  /** @default 60000 */
  readonly maxDelayMs = this.env.RETRY_MAX_DELAY_MS;
  /** A Retry-After beyond this parks the message in the broker instead. @default 5000 */
  readonly maxWaitInMemoryMs = this.env.RETRY_MAX_WAIT_IN_MEMORY_MS;
}

/** When a dependency counts as down and how often it is probed. */
export class BreakerConfig extends environment({
  BREAKER_FAILURES: integer(5, { min: 1 }),
  BREAKER_OPEN_MS: integer(30_000, { min: 10 }),
}) {
  /** Consecutive failures that open a breaker. @default 5 */
  readonly failures = this.env.BREAKER_FAILURES;
  /** Time between opening and the first probe, and between probes. @default 30000 */
  readonly openMs = this.env.BREAKER_OPEN_MS;
}

/** How long a finished request is remembered, and how long a claim is valid without renewal. */
export class IdempotencyConfig extends environment({
  IDEMPOTENCY_TTL_SECONDS: integer(86_400, { min: 1 }),
  IDEMPOTENCY_LEASE_MS: integer(60_000, { min: 100 }),
}) {
  /** @default 86400 (24 h) */
  readonly ttlSeconds = this.env.IDEMPOTENCY_TTL_SECONDS;
  /** A claim not renewed within this time may be taken over. @default 60000 */
  readonly leaseMs = this.env.IDEMPOTENCY_LEASE_MS;
}
