export interface SlowStartOptions {
  /** Size at the start and after each restart. */
  initial: number;
  /** Size that it grows to. */
  max: number;
  /** Milliseconds of rest after which it starts over. */
  idleMs: number;
  /** Milliseconds over which the most it may be rises after a recovery, from `initial` to `max`; 0 for at once. @default 0 */
  rampUpMs?: number;
}

/**
 * How many messages may be worked on at once: few at first, one more for each success, so twice as many in each round.
 * What has just come back, or has not been used for a while, is not met by everything at once. TCP does the same
 * (RFC 5681, slow start and restart window). After a recovery time sets a limit too: whatever the successes, the size
 * stays below a line that rises for `rampUpMs`.
 */
export class SlowStart {
  private initial: number;
  private max: number;
  private size: number;
  private restingSince?: number;
  private recoveredAt?: number;

  constructor(
    private readonly options: SlowStartOptions,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.max = options.max;
    this.initial = initialOf(options.initial, options.max);
    this.size = this.initial;
  }

  /** Changes the size that it grows to; one that has grown beyond it shrinks at once. */
  setMax(max: number): void {
    this.max = max;
    this.initial = initialOf(this.options.initial, max);
    this.size = Math.max(this.initial, Math.min(this.size, max));
  }

  /** Messages that may be worked on at once. */
  get window(): number {
    return Math.min(this.size, this.ceiling);
  }

  /** Milliseconds until the window grows by nothing but time; undefined where time does not hold it back. */
  get growsInMs(): number | undefined {
    const { ceiling, rampUpMs, elapsedMs } = this;
    if (this.size <= ceiling) return undefined;
    const share = (ceiling + 1 - this.initial) / (this.max - this.initial);
    return Math.max(1, Math.ceil(share * rampUpMs - elapsedMs));
  }

  /** A message was settled well. */
  grow(): void {
    if (this.size < this.max) this.size += 1;
  }

  /** Starts over. */
  restart(): void {
    this.size = this.initial;
  }

  /** Starts over after something was down: the line begins to rise. */
  recover(): void {
    this.restart();
    this.recoveredAt = this.now();
  }

  /** Nothing is in hand any more. */
  rest(): void {
    this.restingSince = this.now();
  }

  /** Something comes after a rest. */
  wake(): void {
    if (this.restingSince === undefined) return;
    if (this.now() - this.restingSince >= this.options.idleMs) this.restart();
    this.restingSince = undefined;
  }

  private get rampUpMs(): number {
    return this.options.rampUpMs ?? 0;
  }

  private get elapsedMs(): number {
    return this.recoveredAt === undefined ? Infinity : this.now() - this.recoveredAt;
  }

  private get ceiling(): number {
    const { initial, max, rampUpMs, elapsedMs } = this;
    if (elapsedMs >= rampUpMs) return max;
    return Math.floor(initial + ((max - initial) * elapsedMs) / rampUpMs);
  }
}

function initialOf(initial: number, max: number): number {
  return Math.max(1, Math.min(initial, max));
}
