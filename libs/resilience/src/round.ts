import {
  circuitBreaker,
  CircuitState,
  handleAll,
  type CircuitBreakerPolicy,
  type IDisposable,
} from 'cockatiel';
import { FailureCount } from './failure-count';
import type { Against } from './judge';

/**
 * cockatiel's own wait is by the wall clock, which may be set back and would hold every probe off for as long. So it has
 * none, not even of 0 ms: our timer alone says when the probe is due.
 */
const AT_ANY_TIME = -Infinity;

/** An open breaker, as cockatiel writes its state down. */
const OPEN = { ownState: { value: CircuitState.Open, openedAt: 0, attemptNo: 1 }, breakerState: 0 };

/** What cockatiel is told in place of what went wrong. */
const OPENS = new Error('what the breaker opens for');

/** cockatiel's breaker with its count of failures, from one beginning to the next. */
export class Round {
  private readonly count: FailureCount;
  private readonly breaker: CircuitBreakerPolicy;
  private readonly listening: IDisposable;
  /** The half-open trial. */
  private trying?: Promise<void>;
  /** Makes it fail; undefined once its probe has no say in it any more. */
  private failTrial?: (reason: Error) => void;

  constructor(
    failuresToOpen: number,
    state: 'open' | 'closed',
    onChange: (state: CircuitState) => void,
  ) {
    this.count = new FailureCount(failuresToOpen);
    this.breaker = circuitBreaker(handleAll, {
      halfOpenAfter: AT_ANY_TIME,
      breaker: this.count,
      ...(state === 'open' && { initialState: OPEN }),
    });
    this.listening = this.breaker.onStateChange(onChange);
  }

  get state(): CircuitState {
    return this.breaker.state;
  }

  /** Failures since the last sound answer. */
  get failures(): number {
    return this.count.count;
  }

  /** A sound answer. */
  speakFor(): void {
    this.count.success();
  }

  /** Returns once the breaker is in the state that follows. */
  async speakAgainst(verdict: Against): Promise<void> {
    if (!this.count.add(verdict)) return;
    if (this.state === CircuitState.Closed) {
      await this.breaker.execute(() => Promise.reject(OPENS)).catch(() => undefined);
    } else if (this.state === CircuitState.HalfOpen) {
      this.failTrial?.(OPENS);
      this.failTrial = undefined;
      await this.trying?.catch(() => undefined);
    }
  }

  /**
   * Closes it where the probe succeeds, and opens it again where it fails, or a call that was begun long before speaks
   * against it first. Rejects with what failed.
   */
  trial(probe: () => Promise<void>): Promise<void> {
    let fail: Round['failTrial'];
    const failedByCall = new Promise<never>((_, reject) => (fail = reject));
    const counted = async (): Promise<void> => {
      try {
        await probe();
      } catch (error) {
        if (this.failTrial === fail) this.count.add('failure');
        throw error;
      }
    };
    this.failTrial = fail;
    this.trying = this.breaker.execute(() => Promise.race([counted(), failedByCall]));
    return this.trying;
  }

  /** Opens it, and keeps it so whatever calls and probes say. */
  hold(): void {
    this.failTrial = undefined;
    this.breaker.isolate();
  }

  /** Nobody is told of its changes from now on. */
  end(): void {
    this.listening.dispose();
  }
}
