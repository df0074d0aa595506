import { CircuitState } from 'cockatiel';
import type { Circuit } from '../circuit';
import { Judge, type ClassifierOptions, type CallResult } from '../judge';
import type { AllThroughCockatiel } from './all-through-cockatiel';

/** An error that says what it speaks of. */
export class Told extends Error {
  constructor(readonly verdict: CallResult) {
    super(verdict);
  }
}

const judging: ClassifierOptions = {
  classifyResult: (result) => result as CallResult,
  classifyError: (error) => (error as Told).verdict,
  describeResult: (result) => `said ${String(result)}`,
};

/** One circuit in the hands of a test, with all that can be seen of it. */
export class CircuitBench {
  private readonly judge = new Judge(judging);
  private readonly circuit: Circuit | AllThroughCockatiel;
  private readonly seen: string[] = [];
  private readonly calls: { resolve: (v: CallResult) => void; reject: (e: Error) => void }[] = [];
  private readonly probes: { resolve: () => void; reject: (e: Error) => void }[] = [];

  constructor(
    make: (judge: Judge, onChange: (state: CircuitState) => void) => CircuitBench['circuit'],
  ) {
    this.circuit = make(this.judge, (state) => this.seen.push(`is ${CircuitState[state]}`));
  }

  get underWay(): number {
    return this.calls.length;
  }

  get view(): object {
    const { state, failures } = this.circuit;
    return { state: CircuitState[state], failures, reason: this.judge.reason, seen: this.seen };
  }

  begin(): void {
    if (this.circuit.state !== CircuitState.Closed) return;
    const call = new Promise<CallResult>((resolve, reject) => this.calls.push({ resolve, reject }));
    this.circuit
      .execute(() => call)
      .then(
        (result) => this.seen.push(`returned ${result}, ${this.circuit.state}`),
        (error: unknown) => this.seen.push(`threw ${String(error)}, ${this.circuit.state}`),
      );
  }

  end(index: number, how: 'returns' | 'throws', verdict: CallResult): void {
    const [call] = this.calls.splice(index, 1);
    if (how === 'returns') call?.resolve(verdict);
    else call?.reject(new Told(verdict));
  }

  probe(): void {
    if (this.circuit.state !== CircuitState.Open) return;
    const probe = new Promise<void>((resolve, reject) => this.probes.push({ resolve, reject }));
    this.circuit.trial(() => probe).catch(() => undefined);
  }

  endProbe(succeeds: boolean): void {
    const probe = this.probes.shift();
    if (succeeds) probe?.resolve();
    else probe?.reject(new Told('failure'));
  }

  hold(): void {
    this.circuit.hold();
  }

  beginAnew(state: 'open' | 'closed'): void {
    this.circuit.beginAnew(state);
  }
}
