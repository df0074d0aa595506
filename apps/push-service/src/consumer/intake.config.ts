import { environment, integer } from '@push/config';

/** How many messages are consumed at a time. */
export class IntakeConfig extends environment({
  MESSAGE_PREFETCH_COUNT: integer(10, { min: 1, max: 10_000 }),
  MAX_CONCURRENT_MESSAGES: integer(100, { min: 1, max: 10_000 }),
  MAX_MESSAGE_BYTES: integer(262_144, { min: 1024 }),
  INTAKE_RAMP_UP_MS: integer(10_000, { min: 0 }),
  SHUTDOWN_DRAIN_MS: integer(25_000, { min: 0 }),
}) {
  /** Unacknowledged messages of one consumer. @default 10 */
  readonly prefetch = this.env.MESSAGE_PREFETCH_COUNT;
  /** Messages in flight of this process at most. @default 100 */
  readonly concurrency = this.env.MAX_CONCURRENT_MESSAGES;
  /** Larger messages are refused unread. @default 262144 */
  readonly maxMessageBytes = this.env.MAX_MESSAGE_BYTES;
  /** Milliseconds after a recovery until `concurrency` messages may be in flight again; 0 for no such limit. @default 10000 */
  readonly rampUpMs = this.env.INTAKE_RAMP_UP_MS;
  /** Most milliseconds a shutdown waits for messages in flight. @default 25000 */
  readonly drainMs = this.env.SHUTDOWN_DRAIN_MS;
}
