/** How messages of `push.queue` are taken in. */
export class IntakeOptions {
  /** Unsettled messages a consumer may hold. @default 10 */
  readonly prefetch: number = 10;
  /**
   * Unsettled messages of this process in all, at most. 100 of them at first, more while that helps; as many consumers
   * are opened as make the number of the moment. @default 500
   */
  readonly concurrency: number = 500;
  /** A larger body is not parsed but refused. @default 262144 */
  readonly maxMessageBytes: number = 262_144;
  /** Messages worked on at once at the start, after a pause and after idling; grows with each success. @default 5 */
  readonly windowInitial: number = 5;
  /** Milliseconds with nothing in hand after which the window starts small again. @default 1000 */
  readonly windowIdleMs: number = 1000;
  /** Milliseconds after a pause in which the most it may be rises from the first to 100 (or `concurrency`); 0 for at once. @default 10000 */
  readonly rampUpMs: number = 10_000;

  constructor(options: Partial<IntakeOptions> = {}) {
    Object.assign(this, options);
  }
}

/** What an app wants of the broker. */
export class QueueOptions {
  /** Whether this stack carries status events on itself, and so has a queue for them. @default false */
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
