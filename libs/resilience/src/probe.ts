import { ProbeError } from './resilience.errors';

/** Milliseconds after a failed first check until the next probe, doubled with each: what is only starting is soon there. */
const FIRST_DELAY_MS = 1000;
const PROBE_TIMEOUT_MS = 15_000;

/** A probe of one dependency, with its deadline. */
export interface Probe {
  /** Name of the dependency. */
  name: string;
  /** Asks whether the dependency works; rejects while it does not. Never spends a message. */
  probe: () => Promise<void>;
  /** Milliseconds after which a probe that has not ended counts as failed. @default 15000 */
  probeTimeoutMs?: number;
}

/** Runs a probe within its deadline. @throws {ProbeError} whatever goes wrong; the cause says what */
export async function runProbe({
  name,
  probe,
  probeTimeoutMs = PROBE_TIMEOUT_MS,
}: Probe): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const expire = () => reject(new Error(`no answer to the probe within ${probeTimeoutMs} ms`));
    timer = setTimeout(expire, probeTimeoutMs);
    timer.unref();
  });
  try {
    await Promise.race([probe(), deadline]);
  } catch (error) {
    throw new ProbeError(name, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** When the next probe of a dependency that is down is due: every `openMs`, and sooner at first where it was never up. */
export class ProbeSchedule {
  private timer?: NodeJS.Timeout;
  private due?: number;
  private ended = false;
  /** Failed probes since the opening. */
  private failed = 0;
  private neverUp = false;

  constructor(
    private readonly openMs: number,
    private readonly probe: () => void,
  ) {}

  /** Epoch milliseconds; undefined while none is due. */
  get nextAt(): number | undefined {
    return this.due;
  }

  get delayMs(): number {
    return this.neverUp ? Math.min(FIRST_DELAY_MS * 2 ** this.failed, this.openMs) : this.openMs;
  }

  /** The dependency was down at its first check. */
  startEarly(): void {
    this.neverUp = true;
  }

  countFailed(): void {
    this.failed += 1;
  }

  scheduleNext(): void {
    clearTimeout(this.timer);
    if (this.ended) return;
    this.due = Date.now() + this.delayMs;
    this.timer = setTimeout(() => {
      this.due = undefined;
      this.probe();
    }, this.delayMs);
    this.timer.unref();
  }

  /** No probe is due, and the next opening is like any other. */
  clear(): void {
    clearTimeout(this.timer);
    this.due = undefined;
    this.failed = 0;
    this.neverUp = false;
  }

  /** No more probes, for good. */
  end(): void {
    this.clear();
    this.ended = true;
  }
}
