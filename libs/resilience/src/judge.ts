/** How much one answer speaks against a dependency: not at all, as one failure, or enough to open at once. */
export type CallResult = 'success' | Against;

/** What speaks against a dependency. */
export type Against = 'failure' | 'open';

/** How the answers of one dependency are judged. */
export interface ClassifierOptions {
  /** What an error that a call threw says. @default always 'failure' */
  classifyError?: (error: unknown) => CallResult;
  /** What a value that a call returned says. @default always 'success' */
  classifyResult?: (result: unknown) => CallResult;
  /** Why a value that a call returned speaks against it, for the log; carries no secret. @default not told */
  describeResult?: (result: unknown) => string | undefined;
}

/** Passes a verdict on what calls come to, and remembers what spoke against the dependency last. */
export class Judge {
  /** A sentence. */
  reason?: string;

  constructor(private readonly options: ClassifierOptions) {}

  onError(error: unknown): CallResult {
    const verdict = this.options.classifyError?.(error) ?? 'failure';
    if (verdict !== 'success') this.reason = messageOf(error);
    return verdict;
  }

  onResult(result: unknown): CallResult {
    const verdict = this.options.classifyResult?.(result) ?? 'success';
    if (verdict !== 'success') this.reason = this.options.describeResult?.(result);
    return verdict;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
