/** How messages of `push.queue` are consumed. */
export class IntakeOptions {
  /** Unsettled messages of one consumer. @default 10 */
  readonly prefetch: number = 10;
  /** Unsettled messages of this process; as many consumers are opened as make this number. @default 100 */
  readonly concurrency: number = 100;
  /** A larger body is refused without being parsed. @default 262144 */
  readonly maxMessageBytes: number = 262_144;
  /** Messages in flight at the start, after a pause and after idling; one more with each success. @default 5 */
  readonly windowInitial: number = 5;
  /** Milliseconds with nothing in flight after which the slow start begins again. @default 1000 */
  readonly windowIdleMs: number = 1000;
  /** Milliseconds after a recovery in which the limit may rise to `concurrency`; 0 for no such ramp. @default 10000 */
  readonly rampUpMs: number = 10_000;

  constructor(options: Partial<IntakeOptions> = {}) {
    Object.assign(this, options);
  }
}

/** How an app uses the broker. */
export class QueueOptions {
  /** Whether this deployment relays status events itself, and so has a queue for them. @default false */
  readonly relaysStatus: boolean = false;
  /** Deliveries after which the broker dead-letters a message of a `push.queue` that we created. @default 20 */
  readonly deliveryLimit: number = 20;
  /** Milliseconds to wait for the broker to confirm a message. @default 5000 */
  readonly publishTimeoutMs: number = 5000;
  /** @default see IntakeOptions */
  readonly intake: Partial<IntakeOptions> = {};

  constructor(options: Partial<QueueOptions> = {}) {
    Object.assign(this, options);
  }
}
