/** How much one answer speaks against a dependency: not at all, as one failure, or enough to open at once. */
export type Verdict = 'sound' | Against;

/** What speaks against a dependency. */
export type Against = 'failure' | 'open';

/** How the answers of one dependency are judged. */
export interface JudgeOptions {
  /** What an error that a call threw says. @default always 'failure' */
  judgeError?: (error: unknown) => Verdict;
  /** What a value that a call returned says. @default always 'sound' */
  judgeResult?: (result: unknown) => Verdict;
  /** Why a value that a call returned speaks against it, for the log; carries no secret. @default not told */
  explainResult?: (result: unknown) => string | undefined;
}

/** Passes a verdict on what calls come to, and remembers what spoke against the dependency last. */
export class Judge {
  /** A sentence. */
  reason?: string;

  constructor(private readonly options: JudgeOptions) {}

  onError(error: unknown): Verdict {
    const verdict = this.options.judgeError?.(error) ?? 'failure';
    if (verdict !== 'sound') this.reason = messageOf(error);
    return verdict;
  }

  onResult(result: unknown): Verdict {
    const verdict = this.options.judgeResult?.(result) ?? 'sound';
    if (verdict !== 'sound') this.reason = this.options.explainResult?.(result);
    return verdict;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
