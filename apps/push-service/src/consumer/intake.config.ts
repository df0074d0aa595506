import { environment, integer } from '@push/config';

/** How many messages are taken from the queue at a time. */
export class IntakeConfig extends environment({
  MESSAGE_PREFETCH_COUNT: integer(10, { min: 1, max: 10_000 }),
  MAX_CONCURRENT_MESSAGES: integer(500, { min: 1, max: 10_000 }),
  MAX_MESSAGE_BYTES: integer(262_144, { min: 1024 }),
  INTAKE_RAMP_UP_MS: integer(10_000, { min: 0 }),
  SHUTDOWN_DRAIN_MS: integer(25_000, { min: 0 }),
}) {
  /** Messages in hand of one consumer. @default 10 */
  readonly prefetch = this.env.MESSAGE_PREFETCH_COUNT;
  /** Messages in hand of this process at most: 100 at first, more while that helps. @default 500 */
  readonly concurrency = this.env.MAX_CONCURRENT_MESSAGES;
  /** Larger messages are refused unread. @default 262144 */
  readonly maxMessageBytes = this.env.MAX_MESSAGE_BYTES;
  /** Milliseconds after a recovery until 100 messages (or `concurrency`) may be in hand again; 0 for no such limit. @default 10000 */
  readonly rampUpMs = this.env.INTAKE_RAMP_UP_MS;
  /** Most milliseconds a shutdown waits for messages in hand. @default 25000 */
  readonly drainMs = this.env.SHUTDOWN_DRAIN_MS;
}
