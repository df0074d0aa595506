import {
  circuitBreaker,
  CircuitState,
  handleWhen,
  type CircuitBreakerPolicy,
  type IDisposable,
} from 'cockatiel';
import { InstantBreaker } from './instant-breaker';
import type { Judge, Verdict } from './judge';

/**
 * cockatiel's own wait is by the wall clock, which may be set back and would hold every probe off for as long. So it has
 * none, not even of 0 ms: our timer alone says when the probe is due.
 */
const AT_ANY_TIME = -Infinity;

/** An open breaker, as cockatiel writes its state down. */
const OPEN = { ownState: { value: CircuitState.Open, openedAt: 0, attemptNo: 1 }, breakerState: 0 };

/** cockatiel's breaker with its count of failures, and a way to begin with another one. */
export class Circuit {
  private counter!: InstantBreaker;
  private breaker!: CircuitBreakerPolicy;
  private listening?: IDisposable;

  /** @param onChange told of changes that calls, probes and holds bring about */
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

  /** Failures since the last sound answer. */
  get failures(): number {
    return this.counter.count;
  }

  execute<T>(call: () => Promise<T>): Promise<T> {
    return this.breaker.execute(call);
  }

  /** Opens it, and keeps it so whatever calls and probes say, until it begins anew. */
  hold(): void {
    this.breaker.isolate();
  }

  /** Starts over with no failures. What calls that are under way come to speaks no more for or against it. */
  beginAnew(state: 'open' | 'closed'): void {
    this.listening?.dispose();
    const counter = new InstantBreaker(this.failuresToOpen);
    const speaks = (verdict: Verdict): boolean => {
      if (verdict === 'open') counter.openNow();
      return verdict !== 'sound';
    };
    this.counter = counter;
    this.breaker = circuitBreaker(
      handleWhen((error) => speaks(this.judge.onError(error))).orWhenResult((result) =>
        speaks(this.judge.onResult(result)),
      ),
      {
        halfOpenAfter: AT_ANY_TIME,
        breaker: counter,
        ...(state === 'open' && { initialState: OPEN }),
      },
    );
    this.listening = this.breaker.onStateChange(this.onChange);
  }
}
