import { CircuitState } from 'cockatiel';
import { BreakerRecord } from './breaker-record';
import { Circuit } from './circuit';
import type { DependencyOptions, Hold } from './dependency-options';
import { STATES, type DependencyState } from './dependency-state';
import { Judge, messageOf } from './judge';
import { ProbeSchedule } from './probe-schedule';
import { DependencyDownError, ProbeError } from './resilience.errors';
import { probeInTime } from './timed-probe';

/** Told of every change of a dependency's state. */
export type DependencyListener = (dependency: Dependency) => void;

/**
 * A system this service depends on, with its one circuit breaker and its probe.
 *
 * While the breaker is open every call is refused at once, and only the probe, or an operator, may close it again:
 * cockatiel would let the first call after `openMs` through as the trial, and that would spend a message.
 */
export class Dependency {
  readonly name: string;
  private readonly record: BreakerRecord;
  private readonly judge: Judge;
  private readonly circuit: Circuit;
  private readonly probes: ProbeSchedule;
  private readonly listeners = new Set<DependencyListener>();
  private holder?: Hold;

  constructor(private readonly options: DependencyOptions) {
    this.name = options.name;
    this.record = new BreakerRecord(options.name);
    this.judge = new Judge(options);
    this.circuit = new Circuit(options.failures, this.judge, (state) => this.onStateChange(state));
    this.probes = new ProbeSchedule(options.openMs, () => void this.runProbe());
  }

  /** Whether calls are let through. */
  get available(): boolean {
    return this.circuit.state === CircuitState.Closed;
  }

  get state(): DependencyState {
    return STATES[this.circuit.state];
  }

  /** Failures since the last sound answer. */
  get failures(): number {
    return this.circuit.failures;
  }

  /** Epoch milliseconds of the opening; undefined while closed. */
  get openSince(): number | undefined {
    return this.record.down ? this.record.since : undefined;
  }

  /** Epoch milliseconds of the opening, or of the closing: it is half open as part of being open. */
  get since(): number {
    return this.record.since;
  }

  /** Times it has opened so far; a failed probe of an open one does not count. */
  get openings(): number {
    return this.record.openings;
  }

  /** What spoke against it last, as a sentence. */
  get lastReason(): string | undefined {
    return this.judge.reason;
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
   * Calls the dependency.
   * @throws {DependencyDownError} at once, while the breaker is open
   */
  execute<T>(call: () => Promise<T>): Promise<T> {
    if (this.available) return this.circuit.execute(call);
    return Promise.reject(new DependencyDownError(this.name, this.holder?.by));
  }

  /**
   * Opens the breaker for what was seen elsewhere than in a call of its own; does nothing where it is not closed.
   * @param reason for the log
   */
  async trip(reason: string): Promise<void> {
    if (this.available) await this.circuit.trip(reason);
  }

  /**
   * Has the probe look before any call was made, and opens the breaker where it finds the dependency down. What would not
   * speak against it in a call, such as a health route that is not there, does not here. Probes come sooner at first than
   * every `openMs`. Never rejects.
   */
  async check(): Promise<void> {
    if (!this.available) return;
    try {
      await probeInTime(this.options);
    } catch (error) {
      const { cause } = error as ProbeError;
      if (this.judge.onError(cause) === 'success') return;
      this.probes.beginEarly();
      await this.trip(messageOf(cause));
    }
  }

  /** Opens the breaker on an operator's word: no call is made and no probe closes it, until `close` or `reset`. */
  holdOpen(hold: Hold): void {
    const held = this.holder !== undefined;
    this.holder = hold;
    if (held) return;
    this.probes.clear();
    this.circuit.hold();
  }

  /** Closes the breaker on an operator's word, held or not; from here it goes on by itself. */
  close(actor: string): void {
    if (this.available) return;
    this.holder = undefined;
    this.circuit.beginAnew('closed');
    this.onClosed(actor);
    this.tell();
  }

  /**
   * Lets go of a hold and counts from zero. One that is open is probed at once, and closes where the probe succeeds.
   * Returns before the probe has its answer.
   */
  reset(actor: string): void {
    this.record.noteReset(actor);
    this.holder = undefined;
    this.probes.clear();
    this.circuit.beginAnew(this.available ? 'closed' : 'open');
    if (!this.available) void this.runProbe();
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

  private onStateChange(state: CircuitState): void {
    if (state === CircuitState.Closed) this.onClosed();
    else if (state !== CircuitState.HalfOpen) this.onOpen();
    this.tell();
  }

  private onOpen(): void {
    const { failures, judge, holder, probes } = this;
    if (holder !== undefined) {
      this.record.noteHold(holder.by);
      return;
    }
    if (this.record.down) probes.countFailed();
    this.record.noteOpening({ reason: judge.reason, failures, probeInMs: probes.delayMs });
    probes.next();
  }

  private onClosed(actor?: string): void {
    this.probes.clear();
    this.record.noteClosing(actor);
  }

  private tell(): void {
    for (const listener of this.listeners) listener(this);
  }

  /** The half-open trial of the breaker. A failure opens it again, which schedules the next probe. */
  private async runProbe(): Promise<void> {
    try {
      await this.circuit.trial(() => probeInTime(this.options));
    } catch (error) {
      this.record.noteFailedProbe(error);
    }
  }
}
