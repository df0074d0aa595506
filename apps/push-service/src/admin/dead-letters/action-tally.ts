import { isRetryable } from '../../delivery/delivery.errors';
import { CodeCounts } from './code-counts';
import type { Report } from './dead-letters.dto';
import type { Permit } from './replay-permit';

/** Counts what has become of the letters of one action. */
export class ActionTally {
  /** What the broker or Redis failed with: the next letter would fail likewise. */
  failure?: Error;
  private readonly codes = new CodeCounts();
  private readonly reasons = new CodeCounts();
  private granted = 0;
  private inProgress = 0;

  get matched(): number {
    return this.codes.total;
  }

  get done(): number {
    return this.granted;
  }

  get figures(): Omit<Report, 'dry_run' | 'complete'> {
    return {
      matched: this.codes.total,
      by_error_code: this.codes.all,
      done: this.granted,
      in_progress: this.inProgress,
      refused: this.reasons.total,
      reasons: this.reasons.all,
    };
  }

  match(errorCode: string): void {
    this.codes.add(errorCode);
  }

  note(permit: Permit): void {
    switch (permit) {
      case 'granted':
        this.granted += 1;
        break;
      case 'in_progress':
        this.inProgress += 1;
        break;
      case 'unclear':
        this.reasons.add('end_unknown');
        break;
      default:
        permit satisfies never;
    }
  }

  /** It stays. */
  refuse(error: unknown): void {
    this.reasons.add(codeOf(error));
    if (isRetryable(error)) this.failure ??= error as Error;
  }
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code.toLowerCase() : 'unexpected_error';
}
