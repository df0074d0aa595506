import { ProbeError } from './resilience.errors';

/** How much one answer speaks against a dependency: not at all, as one failure, or enough to open at once. */
export type Verdict = 'sound' | 'failure' | 'open';

/** How the answers of one dependency are judged. */
export interface JudgeOptions {
  /** What an error that a call threw says. @default always 'failure' */
  judgeError?: (error: unknown) => Verdict;
  /** What a value that a call returned says. @default always 'sound' */
  judgeResult?: (result: unknown) => Verdict;
  /** Why a value that a call returned speaks against it, for the log; carries no secret. @default not told */
  explainResult?: (result: unknown) => string | undefined;
}

/** What a probe returns through the breaker, never mistaken for a call's own value. */
export const PROBE_SUCCEEDED = Symbol('probe succeeded');

/** Goes through the breaker in place of a call's value, for what was seen elsewhere. */
export class Trip {
  constructor(readonly reason: string) {}
}

/** Passes a verdict on whatever comes through a breaker, and remembers what spoke against the dependency last. */
export class Judge {
  /** A sentence. */
  reason?: string;

  constructor(private readonly options: JudgeOptions) {}

  onError(error: unknown): Verdict {
    const verdict =
      error instanceof ProbeError ? 'failure' : (this.options.judgeError?.(error) ?? 'failure');
    if (verdict !== 'sound') this.reason = messageOf(error);
    return verdict;
  }

  onResult(result: unknown): Verdict {
    if (result === PROBE_SUCCEEDED) return 'sound';
    if (result instanceof Trip) {
      this.reason = result.reason;
      return 'open';
    }
    const verdict = this.options.judgeResult?.(result) ?? 'sound';
    if (verdict !== 'sound') this.reason = this.options.explainResult?.(result);
    return verdict;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
