import { Logger } from '@nestjs/common';
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
  type IDisposable,
} from 'cockatiel';
import { ProbeSchedule, runProbe, type Probe } from './probe';
import { DependencyDownError, ProbeError } from './resilience.errors';

/** State of a breaker as logs, metrics and health name it. */
export type DependencyState = 'closed' | 'open' | 'half_open';

/** What one call means for its dependency: it works, it failed once, or no further call can succeed. */
export type CallResult = 'success' | 'failure' | 'open';

/** What makes one dependency. */
export interface DependencyOptions extends Probe {
  /** Consecutive failures that open the breaker. */
  failures: number;
  /** Milliseconds from opening to the first probe, and between probes. */
  openMs: number;
  /** Classifies an error that a call threw. One that is a `success` neither counts nor resets the count. @default 'failure' */
  classifyError?: (error: unknown) => CallResult;
  /** Classifies a value that a call returned. @default 'success' */
  classifyResult?: (result: unknown) => CallResult;
  /** Why a returned value is a failure, for the log; carries no secret. @default no reason is logged */
  describeResult?: (result: unknown) => string | undefined;
}

/** An operator's order that a breaker stays open, whatever probes would find. */
export interface Hold {
  /** Who holds it. */
  by: string;
  /** Epoch milliseconds. */
  since: number;
}

/** Called on every change of a dependency's state. */
export type DependencyListener = (dependency: Dependency) => void;

const STATES: Readonly<Record<CircuitState, DependencyState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

/** An open breaker as cockatiel serializes its state. */
const OPEN = { ownState: { value: CircuitState.Open, openedAt: 0, attemptNo: 1 }, breakerState: 0 };

/** The value of a successful probe, which no classifier of calls sees. */
const PROBE_SUCCEEDED = Symbol('probe succeeded');

/** Opens the breaker for what was seen elsewhere than in a call. */
class TripError extends Error {}

/** Counts consecutive failures, and opens at once where a call says that none can succeed. */
class FailureCount extends ConsecutiveBreaker {
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
 * cockatiel would make the first call after its wait the half-open trial, and that would spend a message. So messages are
 * refused here before they reach it, and only our timer executes while it is not closed.
 */
export class Dependency {
  readonly name: string;
  private readonly logger = new Logger('Dependency');
  private readonly probes: ProbeSchedule;
  private readonly listeners = new Set<DependencyListener>();
  private count!: FailureCount;
  private breaker!: CircuitBreakerPolicy;
  private listening?: IDisposable;
  private holder?: Hold;
  private reason?: string;
  private isDown = false;
  private changedAt = Date.now();
  private opened = 0;

  constructor(private readonly options: DependencyOptions) {
    this.name = options.name;
    this.probes = new ProbeSchedule(options.openMs, () => void this.probe());
    this.startOver('closed');
  }

  /** Whether calls are let through. */
  get available(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  get state(): DependencyState {
    return STATES[this.breaker.state];
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.count.state;
  }

  /** Epoch milliseconds of the opening; undefined while closed. */
  get openSince(): number | undefined {
    return this.isDown ? this.changedAt : undefined;
  }

  /** Epoch milliseconds of the opening, or of the closing: half open is part of being open. */
  get since(): number {
    return this.changedAt;
  }

  /** How often it has opened so far; a failed probe of an open one does not count. */
  get openings(): number {
    return this.opened;
  }

  /** The last failure, as a sentence. */
  get lastReason(): string | undefined {
    return this.reason;
  }

  /** Epoch milliseconds of the next probe; undefined while none is due. */
  get nextProbeAt(): number | undefined {
    return this.probes.nextAt;
  }

  /** The operator who holds it open, if one does. */
  get hold(): Hold | undefined {
    return this.holder;
  }

  /**
   * Calls the dependency through cockatiel's circuit breaker.
   * @throws {DependencyDownError} at once, while the breaker is open
   */
  execute<T>(call: () => Promise<T>): Promise<T> {
    if (this.available) return this.breaker.execute(call);
    return Promise.reject(new DependencyDownError(this.name, this.holder?.by));
  }

  /** Opens the breaker for what was seen elsewhere than in a call of its own; does nothing where it is not closed. */
  async trip(reason: string): Promise<void> {
    if (!this.available) return;
    await this.breaker.execute(() => Promise.reject(new TripError(reason))).catch(() => undefined);
  }

  /**
   * Probes before any call was made, and opens the breaker where the dependency is down. What is no failure in a call,
   * such as a health route that does not exist, is none here. Probes come sooner at first than every `openMs`. Never
   * rejects.
   */
  async check(): Promise<void> {
    if (!this.available) return;
    try {
      await runProbe(this.options);
    } catch (error) {
      const { cause } = error as ProbeError;
      if (this.classifyError(cause) === 'success') return;
      this.probes.startEarly();
      await this.trip(messageOf(cause));
    }
  }

  /** Opens the breaker for an operator: no call is made and no probe closes it, until `close` or `reset`. */
  holdOpen(hold: Hold): void {
    const isHeld = this.holder !== undefined;
    this.holder = hold;
    if (isHeld) return;
    this.probes.clear();
    this.breaker.isolate();
  }

  /** Closes the breaker for an operator, held or not. Calls begun earlier do not count any more. */
  close(actor: string): void {
    if (this.available) return;
    this.holder = undefined;
    this.startOver('closed');
    this.onClosed(actor);
    this.notify();
  }

  /**
   * Ends a hold and counts from zero. An open one is probed at once, and closes where the probe succeeds. Returns before
   * the probe has its answer.
   */
  reset(actor: string): void {
    this.logger.log({ dependency: this.name, actor }, 'Circuit breaker reset');
    this.holder = undefined;
    this.probes.clear();
    this.startOver(this.available ? 'closed' : 'open');
    if (!this.available) void this.probe();
  }

  /** Calls back on every change of state; returns how to stop listening. */
  onChange(listener: DependencyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stops probing for good. */
  stop(): void {
    this.probes.end();
  }

  /** A new breaker with no failures; cockatiel has no way to close one. */
  private startOver(state: 'open' | 'closed'): void {
    this.listening?.dispose();
    const count = (this.count = new FailureCount(this.options.failures));
    const isFailure = (result: CallResult): boolean => {
      if (result === 'open') count.opensAtOnce = true;
      return result !== 'success';
    };
    this.breaker = circuitBreaker(
      handleWhen((error) => isFailure(this.classifyError(error))).orWhenResult((value) =>
        isFailure(this.classifyResult(value)),
      ),
      {
        // Its own wait is by the wall clock, which may be set back: our timer alone says when the probe is due.
        halfOpenAfter: -Infinity,
        breaker: count,
        ...(state === 'open' && { initialState: OPEN }),
      },
    );
    this.listening = this.breaker.onStateChange((changed) => this.onStateChange(changed));
  }

  private classifyError(error: unknown): CallResult {
    if (error instanceof ProbeError) {
      this.reason = messageOf(error.cause);
      return 'failure';
    }
    const result =
      error instanceof TripError ? 'open' : (this.options.classifyError?.(error) ?? 'failure');
    if (result !== 'success') this.reason = messageOf(error);
    return result;
  }

  private classifyResult(value: unknown): CallResult {
    if (value === PROBE_SUCCEEDED) return 'success';
    const result = this.options.classifyResult?.(value) ?? 'success';
    if (result !== 'success') this.reason = this.options.describeResult?.(value);
    return result;
  }

  private onStateChange(state: CircuitState): void {
    if (state === CircuitState.Closed) this.onClosed();
    else if (state !== CircuitState.HalfOpen) this.onOpen();
    this.notify();
  }

  private onOpen(): void {
    const { name: dependency, probes, holder } = this;
    const wasDown = this.isDown;
    if (!wasDown) {
      this.isDown = true;
      this.changedAt = Date.now();
      this.opened += 1;
    }
    if (holder !== undefined) {
      this.logger.warn({ dependency, actor: holder.by }, 'Circuit breaker held open');
      return;
    }
    if (wasDown) probes.countFailed();
    else {
      const { reason, failures } = this;
      this.logger.error(
        { dependency, reason, failures, probe_in_ms: probes.delayMs },
        'Circuit breaker opened',
      );
    }
    probes.scheduleNext();
  }

  /** @param actor who closed it; left out where a probe did */
  private onClosed(actor?: string): void {
    this.probes.clear();
    const downMs = Date.now() - this.changedAt;
    this.isDown = false;
    this.changedAt = Date.now();
    this.logger.log({ dependency: this.name, actor, down_ms: downMs }, 'Circuit breaker closed');
  }

  private notify(): void {
    for (const listener of this.listeners) listener(this);
  }

  /** The half-open trial of the breaker. A failure opens it again, which schedules the next probe. */
  private async probe(): Promise<void> {
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
