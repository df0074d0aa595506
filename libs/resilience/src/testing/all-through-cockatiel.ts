import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import type { Judge, CallResult } from '../judge';

/** Counts what opens by itself too. */
class Counting extends ConsecutiveBreaker {
  opensNow = false;

  override failure(): boolean {
    const opens = super.failure() || this.opensNow;
    this.opensNow = false;
    return opens;
  }
}

/** What a circuit is to do, with every call made through cockatiel's breaker. */
export class AllThroughCockatiel {
  private counter!: Counting;
  private breaker!: CircuitBreakerPolicy;
  private listening?: { dispose: () => void };

  constructor(
    private readonly failuresToOpen: number,
    private readonly judge: Judge,
    private readonly onChange: (state: CircuitState) => void,
  ) {
    this.beginAnew('closed');
  }

  get state(): CircuitState {
    return this.breaker.state;
  }

  get failures(): number {
    return this.counter.state;
  }

  execute<T>(call: () => Promise<T>): Promise<T> {
    return this.breaker.execute(call);
  }

  async trial(probe: () => Promise<void>): Promise<void> {
    await this.breaker.execute(async () => {
      await probe();
      return 'success';
    });
  }

  hold(): void {
    this.breaker.isolate();
  }

  beginAnew(state: 'open' | 'closed'): void {
    this.listening?.dispose();
    const counter = new Counting(this.failuresToOpen);
    const speaks = (verdict: CallResult): boolean => {
      if (verdict === 'open') counter.opensNow = true;
      return verdict !== 'success';
    };
    const open = { value: CircuitState.Open, openedAt: 0, attemptNo: 1 };
    this.counter = counter;
    this.breaker = circuitBreaker(
      handleWhen((error) => speaks(this.judge.onError(error))).orWhenResult((result) =>
        speaks(this.judge.onResult(result)),
      ),
      {
        halfOpenAfter: -Infinity,
        breaker: counter,
        ...(state === 'open' && { initialState: { ownState: open, breakerState: 0 } }),
      },
    );
    this.listening = this.breaker.onStateChange(this.onChange);
  }
}
