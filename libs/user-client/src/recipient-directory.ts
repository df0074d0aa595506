import type { Recipient } from '@push/contracts';

/** Where users and their devices are found. */
export abstract class RecipientDirectory {
  /**
   * @returns undefined when there is no such user
   * @throws {DependencyDownError} while the user service's breaker is open
   * @throws {UserServiceError} when no sound answer came, after the retries
   */
  abstract lookup(userId: string, correlationId: string): Promise<Recipient | undefined>;

  /**
   * Resolves when the directory says that it is well; looks nobody up.
   * @throws {UserServiceError} when it does not
   */
  abstract check(): Promise<void>;
}
