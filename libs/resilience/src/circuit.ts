import type { CircuitState } from 'cockatiel';
import { messageOf, type Judge } from './judge';
import { Round } from './round';

/**
 * Guards calls with cockatiel's breaker, and can begin with another one.
 *
 * Calls do not go through cockatiel, which takes several promises and microseconds for each: a closed breaker lets them
 * all through, and need only hear of what opens it.
 */
export class Circuit {
  private round: Round;
  private hearing: Hearing;

  /** @param onChange told of changes that calls, probes and holds bring about */
  constructor(
    private readonly failuresToOpen: number,
    private readonly judge: Judge,
    private readonly onChange: (state: CircuitState) => void,
  ) {
    this.round = new Round(failuresToOpen, 'closed', onChange);
    this.hearing = hearingOf(this.round, judge);
  }

  get state(): CircuitState {
    return this.round.state;
  }

  /** Failures since the last sound answer. */
  get failures(): number {
    return this.round.failures;
  }

  /**
   * Makes a call while it is closed. What that comes to is counted before its caller hears of it; an error that does not
   * speak against the dependency speaks not for it either.
   */
  execute<T>(call: () => Promise<T>): Promise<T> {
    const { onResult, onError } = this.hearing;
    return begin(call).then<T>(onResult, onError);
  }

  /** Opens it, where it is closed, for what was seen elsewhere than in a call. */
  async trip(reason: string): Promise<void> {
    this.judge.reason = reason;
    await this.round.speakAgainst('open');
  }

  /** The half-open trial; rejects where it fails. */
  trial(probe: () => Promise<void>): Promise<void> {
    const { judge } = this;
    return this.round.trial(async () => {
      try {
        await probe();
      } catch (error) {
        judge.reason = messageOf(error);
        throw error;
      }
    });
  }

  /** Opens it, and keeps it so whatever calls and probes say, until it begins anew. */
  hold(): void {
    this.round.hold();
  }

  /** Starts over with no failures. What calls that are under way come to speaks no more for or against it. */
  beginAnew(state: 'open' | 'closed'): void {
    this.round.end();
    this.round = new Round(this.failuresToOpen, state, this.onChange);
    this.hearing = hearingOf(this.round, this.judge);
  }
}

/** What the calls of one round come to, counted for or against it. */
interface Hearing {
  onResult: <T>(result: T) => T | Promise<T>;
  onError: (error: unknown) => Promise<never>;
}

/** Made once a round: two functions for each call are 160 bytes of it. */
function hearingOf(round: Round, judge: Judge): Hearing {
  return {
    onResult: (result) => {
      const verdict = judge.onResult(result);
      if (verdict !== 'success') return round.speakAgainst(verdict).then(() => result);
      round.speakFor();
      return result;
    },
    onError: async (error) => {
      const verdict = judge.onError(error);
      if (verdict !== 'success') await round.speakAgainst(verdict);
      throw error;
    },
  };
}

/** The call under way, be it one that throws at once. */
function begin<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it was thrown
    return Promise.reject(error);
  }
}
