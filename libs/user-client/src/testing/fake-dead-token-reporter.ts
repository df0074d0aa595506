import { DeadTokenReporter } from '../dead-token-reporter';

/** Reports in memory, for tests of what uses a {@link DeadTokenReporter}. */
export class FakeDeadTokenReporter extends DeadTokenReporter {
  enabled = true;
  /** Every report that was taken, in order. */
  readonly taken: { userId: string; token: string }[] = [];
  /** How often a report was tried. */
  tries = 0;
  /** Set it to make every report throw it. */
  failure?: Error;

  report(userId: string, token: string): Promise<void> {
    this.tries += 1;
    if (this.failure) return Promise.reject(this.failure);
    this.taken.push({ userId, token });
    return Promise.resolve();
  }
}
