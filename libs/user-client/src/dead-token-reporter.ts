/** Where it is reported that a device token is dead, so that nobody sends to it any more. */
export abstract class DeadTokenReporter {
  /** False where the deployment wants no reports. */
  abstract readonly enabled: boolean;

  /**
   * Reports one token of one user. A token that is gone already counts as reported.
   * @throws {DependencyDownError} while the breaker of the reports is open
   * @throws {UserServiceError} when the report was not taken; `retryable` tells whether it may be later
   */
  abstract report(userId: string, token: string): Promise<void>;
}
