import { Logger } from '@nestjs/common';
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
  type IDisposable,
} from 'cockatiel';
import { ProbeSchedule, runProbe } from './probe-schedule';
import { DependencyDownError, ProbeError } from './resilience.errors';

/** What one call says about the dependency: it works, it failed once, or no further call can succeed. */
export type CallResult = 'success' | 'failure' | 'open';

/** State of a breaker in logs, metrics and health. */
export type DependencyState = 'closed' | 'open' | 'half_open';

/** Called on every change of a dependency's state. */
export type DependencyListener = (dependency: Dependency) => void;

/** How the outcomes of calls are classified. */
export interface ClassifierOptions {
  /** Classifies an error; one that is a 'success' neither counts nor resets the count. @default always 'failure' */
  classifyError?: (error: unknown) => CallResult;
  /** Classifies a returned value. @default always 'success' */
  classifyResult?: (result: unknown) => CallResult;
  /** Explains a returned value that is not a success, for the log; carries no secret. @default no explanation */
  describeResult?: (result: unknown) => string | undefined;
}

/** What makes one dependency. */
export interface DependencyOptions extends ClassifierOptions {
  /** Its name in logs, metrics and health: `fcm`, `redis`, `user-service`. */
  name: string;
  /** Consecutive failures that open the breaker. */
  failures: number;
  /** Milliseconds from opening to the first probe, and between probes. */
  openMs: number;
  /** Checks whether the dependency works again; rejects while it does not. Never spends a message. */
  probe: () => Promise<void>;
  /** Milliseconds after which a probe counts as failed. @default 15000 */
  probeTimeoutMs?: number;
}

/** An operator's override: the breaker stays open, and nothing is probed. */
export interface Hold {
  /** Who holds it. */
  by: string;
  /** Epoch milliseconds. */
  since: number;
}

const STATES: Readonly<Record<CircuitState, DependencyState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

/** An open breaker, in the format of cockatiel's `toJSON()`. */
export const openState = () => ({
  ownState: { value: CircuitState.Open, openedAt: 0, attemptNo: 1 },
  breakerState: 0,
});

/** What the half-open trial returns, as a probe has no result to classify. */
const PROBE_SUCCEEDED = Symbol('probe succeeded');

/** Makes the breaker open for a failure that was observed outside of its calls. */
class TripError extends Error {}

/** Counts consecutive failures. cockatiel's own has no failure that opens at once. */
class FailureCounter extends ConsecutiveBreaker {
  /** Set for a result classified 'open', just before cockatiel counts it. */
  opensAtOnce = false;

  override failure(): boolean {
    const opens = super.failure() || this.opensAtOnce;
    this.opensAtOnce = false;
    return opens;
  }
}

/**
 * A system this service depends on, with its one circuit breaker and its probe.
 *
 * While the breaker is open every call is refused at once, and only the probe, or an operator, may close it again:
 * cockatiel would let the first call after `openMs` through as the half-open trial, and that would spend a message.
 */
export class Dependency {
  readonly name: string;
  private readonly logger = new Logger(Dependency.name);
  private readonly probes: ProbeSchedule;
  private readonly listeners = new Set<DependencyListener>();
  private breaker!: CircuitBreakerPolicy;
  private counter!: FailureCounter;
  private subscription?: IDisposable;
  private heldBy?: Hold;
  private reason?: string;
  private opened = 0;
  private openedAt?: number;
  private closedAt = Date.now();

  constructor(private readonly options: DependencyOptions) {
    this.name = options.name;
    this.probes = new ProbeSchedule(options.openMs, () => void this.tryToClose());
    this.createBreaker();
  }

  /** Whether calls are made. */
  get available(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  get state(): DependencyState {
    return STATES[this.breaker.state];
  }

  /** Consecutive failures. */
  get failures(): number {
    return this.counter.state;
  }

  /** Epoch milliseconds of the opening; undefined while closed. */
  get openSince(): number | undefined {
    return this.openedAt;
  }

  /** Epoch milliseconds of the opening while open or half open, else of the closing. */
  get since(): number {
    return this.openedAt ?? this.closedAt;
  }

  /** Times it has opened so far; a failed probe does not count. */
  get openings(): number {
    return this.opened;
  }

  /** The last failure, as a sentence. */
  get lastReason(): string | undefined {
    return this.reason;
  }

  /** Epoch milliseconds of the next probe; undefined while none is due. */
  get nextProbeAt(): number | undefined {
    return this.probes.dueAt;
  }

  /** The operator who holds it open, if one does. */
  get hold(): Hold | undefined {
    return this.heldBy;
  }

  /**
   * Calls the dependency. The outcome is counted before the caller gets it.
   * @throws {DependencyDownError} at once, while the breaker is open
   */
  execute<T>(call: () => Promise<T>): Promise<T> {
    if (this.breaker.state === CircuitState.Closed) return this.breaker.execute(call);
    return Promise.reject(new DependencyDownError(this.name, this.heldBy?.by));
  }

  /**
   * Opens the breaker for a failure observed elsewhere; does nothing where it is not closed.
   * @param reason for the log
   */
  async trip(reason: string): Promise<void> {
    if (!this.available) return;
    const fail = () => Promise.reject(new TripError(reason));
    await this.breaker.execute(fail).catch(() => undefined);
  }

  /**
   * Probes before the first call, and opens the breaker where that fails; an error that calls would count as a success
   * does not open it. After such an opening the first probes come sooner than `openMs`. Never rejects.
   */
  async check(): Promise<void> {
    if (!this.available) return;
    try {
      await runProbe(this.options);
    } catch (error) {
      const { cause } = error as ProbeError;
      if (this.classifyError(cause) === 'success') return;
      this.probes.startSooner();
      await this.trip(messageOf(cause));
    }
  }

  /** Opens the breaker for an operator: no call is made and no probe closes it, until `close` or `reset`. */
  holdOpen(hold: Hold): void {
    const alreadyHeld = this.heldBy !== undefined;
    this.heldBy = hold;
    if (alreadyHeld) return;
    this.probes.clear();
    this.breaker.isolate();
  }

  /** Closes the breaker for an operator, held or not. */
  close(actor: string): void {
    if (this.available) return;
    this.heldBy = undefined;
    this.createBreaker();
    this.onClosed(actor);
    this.notify();
  }

  /**
   * Ends a hold and counts from zero. A breaker that is open is probed at once, and closes where the probe succeeds.
   * Returns before the probe has ended.
   */
  reset(actor: string): void {
    this.logger.log({ dependency: this.name, actor }, 'Circuit breaker reset');
    this.heldBy = undefined;
    this.probes.clear();
    this.createBreaker(this.available ? undefined : openState());
    if (!this.available) void this.tryToClose();
  }

  /** Calls back on every change of state; returns how to stop listening. */
  onChange(listener: DependencyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stops probing for good. */
  stop(): void {
    this.probes.stop();
  }

  /** Starts over with no failures. Calls in flight report to the breaker they were made with, and so no longer count. */
  private createBreaker(initialState?: unknown): void {
    const { failures, classifyResult, describeResult } = this.options;
    const counter = new FailureCounter(failures);
    const isFailure = (result: CallResult): boolean => {
      if (result === 'open') counter.opensAtOnce = true;
      return result !== 'success';
    };
    const policy = handleWhen((error) => {
      const result = this.classifyError(error);
      if (result !== 'success') this.reason = messageOf(error);
      return isFailure(result);
    }).orWhenResult((value) => {
      if (value === PROBE_SUCCEEDED || classifyResult === undefined) return false;
      const result = classifyResult(value);
      if (result !== 'success') this.reason = describeResult?.(value);
      return isFailure(result);
    });
    this.subscription?.dispose();
    this.counter = counter;
    this.breaker = circuitBreaker(policy, {
      breaker: counter,
      // cockatiel waits by the wall clock, which may be set back: only our timer decides when a probe is due.
      halfOpenAfter: -Infinity,
      initialState,
    });
    this.subscription = this.breaker.onStateChange((state) => this.onStateChange(state));
  }

  private classifyError(error: unknown): CallResult {
    if (error instanceof TripError) return 'open';
    if (error instanceof ProbeError) return 'failure';
    return this.options.classifyError?.(error) ?? 'failure';
  }

  private onStateChange(state: CircuitState): void {
    if (state === CircuitState.Closed) this.onClosed();
    else if (state === CircuitState.Isolated) this.onHeld();
    else if (state === CircuitState.Open) this.onOpened();
    this.notify();
  }

  private onOpened(): void {
    const { name, reason, failures, probes } = this;
    if (this.openedAt !== undefined) {
      probes.countFailure();
    } else {
      this.countOpening();
      this.logger.error(
        { dependency: name, reason, failures, probe_in_ms: probes.delayMs },
        'Circuit breaker opened',
      );
    }
    probes.schedule();
  }

  private onHeld(): void {
    if (this.openedAt === undefined) this.countOpening();
    const actor = this.heldBy?.by;
    this.logger.warn({ dependency: this.name, actor }, 'Circuit breaker held open');
  }

  private countOpening(): void {
    this.openedAt = Date.now();
    this.opened += 1;
  }

  /** @param actor the operator who closed it; undefined where a probe did */
  private onClosed(actor?: string): void {
    const down_ms = Date.now() - this.since;
    this.openedAt = undefined;
    this.closedAt = Date.now();
    this.probes.clear();
    this.logger.log({ dependency: this.name, actor, down_ms }, 'Circuit breaker closed');
  }

  private notify(): void {
    for (const listener of this.listeners) listener(this);
  }

  /** The half-open trial. Where it fails the breaker opens again, which schedules the next probe. */
  private async tryToClose(): Promise<void> {
    try {
      await this.breaker.execute(async () => {
        await runProbe(this.options);
        return PROBE_SUCCEEDED;
      });
    } catch (error) {
      this.logger.debug({ dependency: this.name, err: error }, 'Probe failed');
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
