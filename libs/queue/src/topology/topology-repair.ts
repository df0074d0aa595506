import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../broker/time';

export interface TopologyRepairOptions {
  /** Declares what is missing. */
  ensure: () => Promise<void>;
  /** Most milliseconds for one repair. */
  timeoutMs: number;
  /**
   * Milliseconds before it is begun. RabbitMQ (seen with 3.10) needs some 50 of them to tell the consumers of a deleted
   * quorum queue; declared again sooner, the queue delivers to consumers that hear nothing. @default 250
   */
  delayMs?: number;
  /** Milliseconds from the end of a repair in which none is begun. @default 1000 */
  restMs?: number;
  /** Milliseconds, of a clock that only goes forward. @default performance.now */
  now?: () => number;
}

/**
 * Has the topology seen to again while we run, as when somebody deleted a queue: once for all who ask meanwhile, and
 * not at once again, or a routing key that leads nowhere would keep the broker busy.
 */
export class TopologyRepair {
  private readonly now: () => number;
  private running?: Promise<unknown>;
  private latest?: { at: number; problem: unknown };

  constructor(private readonly options: TopologyRepairOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Resolves when the topology was seen to, now or just before, with what stood in the way. Never rejects. */
  async repair(): Promise<unknown> {
    const { latest } = this;
    if (latest && this.now() - latest.at < (this.options.restMs ?? 1000)) return latest.problem;
    return (this.running ??= this.run().finally(() => (this.running = undefined)));
  }

  private async run(): Promise<unknown> {
    const { ensure, timeoutMs, delayMs = 250 } = this.options;
    await sleep(delayMs);
    let problem: unknown = new Error(`RabbitMQ did not answer within ${timeoutMs} ms`);
    await within(timeoutMs, () =>
      ensure().then(
        () => (problem = undefined),
        (error: unknown) => (problem = error),
      ),
    );
    this.latest = { at: this.now(), problem };
    return problem;
  }
}
