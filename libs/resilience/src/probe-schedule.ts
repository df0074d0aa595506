import { timeout, TimeoutStrategy } from 'cockatiel';
import { ProbeError } from './resilience.errors';

const PROBE_TIMEOUT_MS = 15_000;
/** Milliseconds to the second probe of a dependency that was down at the start, doubled with each further one. */
const FIRST_DELAY_MS = 1000;

/** A probe of one dependency. */
interface Probe {
  /** Name of the dependency. */
  name: string;
  probe: () => Promise<void>;
  probeTimeoutMs?: number;
}

/** @throws {ProbeError} whatever goes wrong, with its cause */
export async function runProbe({
  name,
  probe,
  probeTimeoutMs = PROBE_TIMEOUT_MS,
}: Probe): Promise<void> {
  try {
    const limit = timeout(probeTimeoutMs, TimeoutStrategy.Aggressive).dangerouslyUnref();
    await limit.execute(() => probe());
  } catch (error) {
    throw new ProbeError(name, { cause: error });
  }
}

/** Times the probes of a dependency that is down: every `openMs`, and sooner at first where it was down at the start. */
export class ProbeSchedule {
  /** Epoch milliseconds of the next probe; undefined while none is due. */
  dueAt?: number;
  private timer?: NodeJS.Timeout;
  private stopped = false;
  /** Probes that have failed since the opening. */
  private failures = 0;
  private downAtStart = false;

  constructor(
    private readonly openMs: number,
    private readonly probe: () => void,
  ) {}

  get delayMs(): number {
    return this.downAtStart
      ? Math.min(FIRST_DELAY_MS * 2 ** this.failures, this.openMs)
      : this.openMs;
  }

  startSooner(): void {
    this.downAtStart = true;
  }

  countFailure(): void {
    this.failures += 1;
  }

  schedule(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.dueAt = Date.now() + this.delayMs;
    this.timer = setTimeout(() => {
      this.dueAt = undefined;
      this.probe();
    }, this.delayMs).unref();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.dueAt = undefined;
    this.failures = 0;
    this.downAtStart = false;
  }

  /** No more probes, for good. */
  stop(): void {
    this.clear();
    this.stopped = true;
  }
}
