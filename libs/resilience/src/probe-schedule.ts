/** Milliseconds from a first look that failed to the next, doubled with each: what is only starting is soon there. */
const LOOK_AGAIN_MS = 1000;

/** When the next probe of a dependency that is down is due: every `openMs`, and sooner at first where it was never well. */
export class ProbeSchedule {
  private timer?: NodeJS.Timeout;
  private due?: number;
  private ended = false;
  /** Probes that have failed since the opening. */
  private failed = 0;
  private neverWell = false;

  constructor(
    private readonly openMs: number,
    private readonly probe: () => void,
  ) {}

  /** Epoch milliseconds; undefined while none is due. */
  get nextAt(): number | undefined {
    return this.due;
  }

  get delayMs(): number {
    return this.neverWell ? Math.min(LOOK_AGAIN_MS * 2 ** this.failed, this.openMs) : this.openMs;
  }

  /** It was down when it was first looked at. */
  beginEarly(): void {
    this.neverWell = true;
  }

  countFailed(): void {
    this.failed += 1;
  }

  next(): void {
    clearTimeout(this.timer);
    if (this.ended) return;
    this.due = Date.now() + this.delayMs;
    this.timer = setTimeout(() => {
      this.due = undefined;
      this.probe();
    }, this.delayMs);
    this.timer.unref();
  }

  /** None is due, and the next opening is one like any other. */
  clear(): void {
    clearTimeout(this.timer);
    this.due = undefined;
    this.failed = 0;
    this.neverWell = false;
  }

  /** No more probes, for good. */
  end(): void {
    this.clear();
    this.ended = true;
  }
}
