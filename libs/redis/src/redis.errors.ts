/** Redis gave no answer that can be worked with: not reached, too slow, still loading, or refusing to write. */
export class RedisUnavailableError extends Error {
  readonly code = 'REDIS_UNAVAILABLE';
  readonly retryable = true;

  /**
   * @param reason what Redis or the connection said
   * @param outcomeUnknown true where the command was sent, so that Redis may have carried it out all the same
   */
  constructor(
    reason: string,
    readonly outcomeUnknown: boolean,
    options?: ErrorOptions,
  ) {
    super(
      `Redis cannot be used: ${reason}. Check REDIS_URL, and that Redis runs and takes writes`,
      options,
    );
    this.name = 'RedisUnavailableError';
  }
}
