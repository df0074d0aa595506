import { reason, within } from './check';
import type { Probe } from './health.ports';

/** What is known of a system, and since when. */
export interface ProbeReport {
  up: boolean;
  /** How it was found out. */
  checked: 'recent work' | 'probe';
  /** Epoch milliseconds. */
  at: number;
  /** Why it is down. */
  message?: string;
}

/** How long a result is used, in milliseconds. */
export interface CachedProbeOptions {
  /** @default 30000 */
  successMs?: number;
  /** Shorter, so that a recovery is noticed soon. @default 5000 */
  failedMs?: number;
  /** Longest wait of one answer; the probe itself goes on and its result is kept. @default 1000 */
  timeoutMs?: number;
  clock?: () => number;
}

/** Probes as rarely as possible: never while recent work succeeded, never twice at once, else answers from its cache. */
export class CachedProbe {
  private readonly successMs: number;
  private readonly failedMs: number;
  private readonly timeoutMs: number;
  private readonly clock: () => number;
  private last?: ProbeReport;
  private running?: Promise<ProbeReport>;

  constructor(
    private readonly probe: Probe,
    {
      successMs = 30_000,
      failedMs = 5000,
      timeoutMs = 1000,
      clock = Date.now,
    }: CachedProbeOptions = {},
  ) {
    this.successMs = successMs;
    this.failedMs = failedMs;
    this.timeoutMs = timeoutMs;
    this.clock = clock;
  }

  /** Never rejects. */
  async report(): Promise<ProbeReport> {
    const known = this.known();
    if (known) return known;
    try {
      return await within(this.timeoutMs, this.probeOnce());
    } catch (error) {
      return { up: false, checked: 'probe', at: this.clock(), message: reason(error) };
    }
  }

  private known(): ProbeReport | undefined {
    const now = this.clock();
    const { lastSuccessAt } = this.probe;
    if (lastSuccessAt !== undefined && now - lastSuccessAt < this.successMs) {
      return { up: true, checked: 'recent work', at: lastSuccessAt };
    }
    const { last } = this;
    return last && now - last.at < (last.up ? this.successMs : this.failedMs) ? last : undefined;
  }

  private probeOnce(): Promise<ProbeReport> {
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
