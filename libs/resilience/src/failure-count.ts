import { ConsecutiveBreaker, type CircuitState, type IBreaker } from 'cockatiel';
import type { Against } from './judge';

/**
 * Counts consecutive failures, as the outcomes of calls come in. cockatiel is told only of what opens its circuit, so
 * what it hears of as a failure is one that does.
 */
export class FailureCount implements IBreaker {
  private readonly consecutive: ConsecutiveBreaker;

  constructor(failures: number) {
    this.consecutive = new ConsecutiveBreaker(failures);
  }

  get state(): unknown {
    return this.consecutive.state;
  }

  set state(value: unknown) {
    this.consecutive.state = value as number;
  }

  /** Failures since the last success. */
  get count(): number {
    return this.consecutive.state;
  }

  /** @returns whether it opens the circuit: by their number, or by itself */
  add(verdict: Against): boolean {
    return this.consecutive.failure() || verdict === 'open';
  }

  success(_state?: CircuitState): void {
    this.consecutive.success();
  }

  failure(_state: CircuitState): boolean {
    return true;
  }
}
