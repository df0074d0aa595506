/**
 * How a look-up, or a report, failed:
 * - `UNAVAILABLE` no connection, or an answer of 5xx or 429
 * - `TIMEOUT` no whole answer within USER_SERVICE_TIMEOUT_MS
 * - `BAD_ANSWER` an answer that is no user: no JSON, too large, a redirect, a 404 with a proxy's page
 * - `REFUSED` an answer of 4xx other than "no such user"; or nothing was asked, as no path can hold what it is about
 */
export type UserServiceErrorCode = 'UNAVAILABLE' | 'TIMEOUT' | 'BAD_ANSWER' | 'REFUSED';

/** The user service gave no sound answer, so that nothing is known of the user, or of what became of a report. */
export class UserServiceError extends Error {
  /**
   * @param retryable whether the same may succeed later
   */
  constructor(
    readonly code: UserServiceErrorCode,
    message: string,
    readonly retryable = true,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'UserServiceError';
  }
}
