export interface SlowStartOptions {
  /** Size at the start and after each restart. */
  initial: number;
  /** Size that it grows to. */
  max: number;
  /** Milliseconds of rest after which it starts over. */
  idleMs: number;
}

/**
 * How many messages may be worked on at once: few at first, one more for each success, so twice as many in each round.
 * What has just come back, or has not been used for a while, is not met by everything at once. TCP does the same
 * (RFC 5681, slow start and restart window).
 */
export class SlowStart {
  private readonly initial: number;
  private size: number;
  private restingSince?: number;

  constructor(
    private readonly options: SlowStartOptions,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.initial = Math.max(1, Math.min(options.initial, options.max));
    this.size = this.initial;
  }

  /** Messages that may be worked on at once. */
  get window(): number {
    return this.size;
  }

  /** A message was settled well. */
  grow(): void {
    if (this.size < this.options.max) this.size += 1;
  }

  /** Starts over. */
  restart(): void {
    this.size = this.initial;
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
}
