import { environment, integer, list, optionalText, port, text } from '@push/config';

/** Where the gateway listens and who may use it. */
export class GatewayConfig extends environment({
  PORT: port(8000),
  HOST: text('0.0.0.0'),
  GATEWAY_API_KEYS: list(),
  STATUS_CALLBACK_SECRET: optionalText(),
}) {
  /** @default 8000 */
  readonly port = this.env.PORT;
  /** Address to listen on. @default '0.0.0.0' */
  readonly host = this.env.HOST;
  /** Keys that clients present; none leaves the gateway open. @default [] */
  readonly apiKeys = this.env.GATEWAY_API_KEYS;
  /** What whoever reports a status presents; without it everybody may report. */
  readonly statusSecret = this.env.STATUS_CALLBACK_SECRET;
}

/** How notifications are accepted and how long they are remembered. */
export class AcceptanceConfig extends environment({
  NOTIFICATION_TTL_SECONDS: integer(604_800, { min: 60 }),
  ACCEPT_LEASE_MS: integer(10_000, { min: 6000 }),
}) {
  /** @default 604800 (7 days) */
  readonly ttlSeconds = this.env.NOTIFICATION_TTL_SECONDS;
  /** Time after which a request whose gateway died may be taken over; more than publishing may take. @default 10000 */
  readonly leaseMs = this.env.ACCEPT_LEASE_MS;
}
