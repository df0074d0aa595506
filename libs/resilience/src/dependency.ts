import { Logger } from '@nestjs/common';
import { circuitBreaker, CircuitState, handleWhen, type CircuitBreakerPolicy } from 'cockatiel';
import { STATES, type DependencyState } from './dependency-state';
import { InstantBreaker } from './instant-breaker';
import { Judge, messageOf, PROBE_SUCCEEDED, Trip, type JudgeOptions, type Verdict } from './judge';
import { DependencyDownError, ProbeError } from './resilience.errors';
import { probeInTime } from './timed-probe';

/** What makes one dependency. */
export interface DependencyOptions extends JudgeOptions {
  /** Its name in logs, metrics and health: `fcm`, `redis`, `user-service`. */
  name: string;
  /** Consecutive failures that open the breaker. */
  failures: number;
  /** Milliseconds from opening to the first probe, and between probes. */
  openMs: number;
  /** Asks whether the dependency works again; rejects while it does not. Never spends a message. */
  probe: () => Promise<void>;
  /** Milliseconds after which a probe that has not ended counts as failed. @default 15000 */
  probeTimeoutMs?: number;
}

/** Told of every change of a dependency's state. */
export type DependencyListener = (dependency: Dependency) => void;

/** Milliseconds from a first look that failed to the next, doubled with each: what is only starting is soon there. */
const LOOK_AGAIN_MS = 1000;

/**
 * cockatiel's own wait is by the wall clock, which may be set back and would hold every probe off for as long. So it has
 * none, not even of 0 ms: our timer alone says when the probe is due.
 */
const AT_ANY_TIME = -Infinity;

/**
 * A system this service depends on, with its one circuit breaker and its probe.
 *
 * While the breaker is open every call is refused at once, and only the probe may close it again: cockatiel would let
 * the first call after `openMs` through as the trial, and that would spend a message.
 */
export class Dependency {
  readonly name: string;
  private readonly logger = new Logger(Dependency.name);
  private readonly counter: InstantBreaker;
  private readonly judge: Judge;
  private readonly breaker: CircuitBreakerPolicy;
  private readonly listeners = new Set<DependencyListener>();
  private probeTimer?: NodeJS.Timeout;
  private stopped = false;
  private openedAt?: number;
  /** Probes that have failed since the opening. */
  private failedProbes = 0;
  private neverWell = false;

  constructor(private readonly options: DependencyOptions) {
    this.name = options.name;
    this.counter = new InstantBreaker(options.failures);
    this.judge = new Judge(options);
    this.breaker = circuitBreaker(
      handleWhen((error) => this.speaksAgainst(this.judge.onError(error))).orWhenResult((result) =>
        this.speaksAgainst(this.judge.onResult(result)),
      ),
      { halfOpenAfter: AT_ANY_TIME, breaker: this.counter },
    );
    this.breaker.onStateChange((state) => this.onStateChange(state));
  }

  /** Whether calls are let through. */
  get available(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  get state(): DependencyState {
    return STATES[this.breaker.state];
  }

  /** Failures since the last sound answer. */
  get failures(): number {
    return this.counter.count;
  }

  /** Epoch milliseconds of the opening; undefined while closed. */
  get openSince(): number | undefined {
    return this.openedAt;
  }

  /**
   * Calls the dependency.
   * @throws {DependencyDownError} at once, while the breaker is open
   */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (!this.available) throw new DependencyDownError(this.name);
    return this.breaker.execute(call);
  }

  /**
   * Opens the breaker for what was seen elsewhere than in a call of its own; does nothing where it is not closed.
   * @param reason for the log
   */
  async trip(reason: string): Promise<void> {
    if (this.available) await this.breaker.execute(() => Promise.resolve(new Trip(reason)));
  }

  /**
   * Has the probe look before any call was made, and opens the breaker where it finds the dependency down. What would not
   * speak against it in a call, such as a health route that is not there, does not here. Probes come sooner at first than
   * every `openMs`. Never rejects.
   */
  async look(): Promise<void> {
    if (!this.available) return;
    try {
      await probeInTime(this.options);
    } catch (error) {
      const { cause } = error as ProbeError;
      if (this.judge.onError(cause) === 'sound') return;
      this.neverWell = true;
      await this.trip(messageOf(cause));
    }
  }

  /** Calls back on every change of state; returns how to stop listening. */
  onChange(listener: DependencyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stops probing for good. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.probeTimer);
  }

  private speaksAgainst(verdict: Verdict): boolean {
    if (verdict === 'open') this.counter.openNow();
    return verdict !== 'sound';
  }

  private get probeInMs(): number {
    const { openMs } = this.options;
    return this.neverWell ? Math.min(LOOK_AGAIN_MS * 2 ** this.failedProbes, openMs) : openMs;
  }

  private onStateChange(state: CircuitState): void {
    if (state === CircuitState.Open) this.onOpen();
    if (state === CircuitState.Closed) this.onClosed();
    for (const listener of this.listeners) listener(this);
  }

  private onOpen(): void {
    if (this.openedAt === undefined) {
      this.openedAt = Date.now();
      this.logger.error(
        {
          dependency: this.name,
          reason: this.judge.reason,
          failures: this.counter.count,
          probe_in_ms: this.probeInMs,
        },
        'Circuit breaker opened',
      );
    } else {
      this.failedProbes += 1;
    }
    this.scheduleProbe();
  }

  private onClosed(): void {
    const downMs = this.openedAt === undefined ? 0 : Date.now() - this.openedAt;
    this.openedAt = undefined;
    this.failedProbes = 0;
    this.neverWell = false;
    this.logger.log({ dependency: this.name, down_ms: downMs }, 'Circuit breaker closed');
  }

  private scheduleProbe(): void {
    clearTimeout(this.probeTimer);
    if (this.stopped) return;
    this.probeTimer = setTimeout(() => void this.runProbe(), this.probeInMs);
    this.probeTimer.unref();
  }

  /** The half-open trial of the breaker. A failure opens it again, which schedules the next probe. */
  private async runProbe(): Promise<void> {
    try {
      await this.breaker.execute(async () => {
        await probeInTime(this.options);
        return PROBE_SUCCEEDED;
      });
    } catch (error) {
      this.logger.debug({ dependency: this.name, err: error }, 'Probe failed');
    }
  }
}
