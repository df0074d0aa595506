/** What goes wrong with Redis. */
export abstract class RedisError extends Error {
  abstract readonly code: string;
  /** Whether the same command may succeed later. */
  abstract readonly retryable: boolean;
}

/** Redis gave no answer that can be worked with: not reached, too slow, still loading, or refusing to write. */
export class RedisUnavailableError extends RedisError {
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

/** Redis works, and refused this one command: a key of another type, a fault in a script. Trying again is of no use. */
export class RedisCommandError extends RedisError {
  readonly code = 'REDIS_COMMAND_REFUSED';
  readonly retryable = false;

  /** @param reason what Redis said */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Redis refused a command: ${reason}. Check what its key holds`, options);
    this.name = 'RedisCommandError';
  }
}
