import { ConsecutiveBreaker, type CircuitState, type IBreaker } from 'cockatiel';

/** Opens after a number of consecutive failures, or at the next failure once told to. */
export class InstantBreaker implements IBreaker {
  private readonly consecutive: ConsecutiveBreaker;
  private openAtNext = false;
  /** Failures since the last success. */
  count = 0;

  constructor(failures: number) {
    this.consecutive = new ConsecutiveBreaker(failures);
  }

  get state(): unknown {
    return this.consecutive.state;
  }

  set state(value: unknown) {
    this.consecutive.state = value as number;
  }

  /** Makes the failure that is being counted open the circuit by itself. */
  openNow(): void {
    this.openAtNext = true;
  }

  success(_state: CircuitState): void {
    this.count = 0;
    this.openAtNext = false;
    this.consecutive.success();
  }

  failure(_state: CircuitState): boolean {
    this.count += 1;
    const opensByCount = this.consecutive.failure();
    const opens = opensByCount || this.openAtNext;
    this.openAtNext = false;
    return opens;
  }
}
