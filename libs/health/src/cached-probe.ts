import type { Probe } from './probe';
import { reason } from './reason';
import { within } from './within';

/** What is known of a system, and since when. */
export interface ProbeReport {
  up: boolean;
  /** What the answer rests on. */
  checked: 'recent work' | 'probe';
  /** Epoch milliseconds. */
  at: number;
  /** Why it is down. */
  message?: string;
}

/** How long what is known may be used, in milliseconds. */
export interface CachedProbeOptions {
  /** @default 30000 */
  soundMs?: number;
  /** Shorter, so that a recovery is soon seen. @default 5000 */
  failedMs?: number;
  /** Longest wait of one answer; the probe itself goes on and its result is kept. @default 1000 */
  timeoutMs?: number;
  clock?: () => number;
}

/** Probes as seldom as will do: never while real work shows the system well, never twice at once, else from memory. */
export class CachedProbe {
  private readonly soundMs: number;
  private readonly failedMs: number;
  private readonly timeoutMs: number;
  private readonly clock: () => number;
  private last?: ProbeReport;
  private running?: Promise<ProbeReport>;

  constructor(
    private readonly probe: Probe,
    {
      soundMs = 30_000,
      failedMs = 5000,
      timeoutMs = 1000,
      clock = Date.now,
    }: CachedProbeOptions = {},
  ) {
    this.soundMs = soundMs;
    this.failedMs = failedMs;
    this.timeoutMs = timeoutMs;
    this.clock = clock;
  }

  /** Never rejects. */
  async report(): Promise<ProbeReport> {
    const known = this.known();
    if (known) return known;
    try {
      return await within(this.timeoutMs, this.ask());
    } catch (error) {
      return { up: false, checked: 'probe', at: this.clock(), message: reason(error) };
    }
  }

  private known(): ProbeReport | undefined {
    const now = this.clock();
    const { lastSuccessAt } = this.probe;
    if (lastSuccessAt !== undefined && now - lastSuccessAt < this.soundMs) {
      return { up: true, checked: 'recent work', at: lastSuccessAt };
    }
    const { last } = this;
    return last && now - last.at < (last.up ? this.soundMs : this.failedMs) ? last : undefined;
  }

  private ask(): Promise<ProbeReport> {
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  private async run(): Promise<ProbeReport> {
    const failure = await this.probe.probe().then(
      () => undefined,
      (error: unknown) => reason(error),
    );
    const outcome = failure === undefined ? { up: true } : { up: false, message: failure };
    this.last = { ...outcome, checked: 'probe', at: this.clock() };
    return this.last;
  }
}
