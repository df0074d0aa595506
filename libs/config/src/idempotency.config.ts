import { environment } from './environment';
import { integer } from './variables';

/** How long a request is remembered and how long a claim on it is held. */
export class IdempotencyConfig extends environment({
  IDEMPOTENCY_TTL_SECONDS: integer(86_400, { min: 1 }),
  IDEMPOTENCY_LEASE_MS: integer(60_000, { min: 100 }),
}) {
  /** @default 86400 (24 h) */
  readonly ttlSeconds = this.env.IDEMPOTENCY_TTL_SECONDS;
  /** A claim not renewed within this time may be taken over. @default 60000 */
  readonly leaseMs = this.env.IDEMPOTENCY_LEASE_MS;
}
