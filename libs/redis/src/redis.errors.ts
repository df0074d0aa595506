/** What goes wrong with Redis. */
export abstract class RedisError extends Error {
  abstract readonly code: string;
  /** Whether the same command may succeed later. */
  abstract readonly retryable: boolean;
}

/** Redis gave no usable reply: not reached, too slow, still loading, or refusing writes. */
export class RedisUnavailableError extends RedisError {
  readonly code = 'REDIS_UNAVAILABLE';
  readonly retryable = true;

  /**
   * @param reason the message of Redis or of the connection
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

/** Redis works, and refused this one command: a key of another type, a fault in a script. A retry does not help. */
export class RedisCommandError extends RedisError {
  readonly code = 'REDIS_COMMAND_REFUSED';
  readonly retryable = false;

  /** @param reason the message of Redis */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Redis refused a command: ${reason}. Check what its key holds`, options);
    this.name = 'RedisCommandError';
  }
}

/** Codes with which Redis refuses every command for now: not ready, not the primary, full, or configured otherwise. */
const OUTAGE_CODES = [
  'LOADING',
  'BUSY',
  'OOM',
  'MISCONF',
  'READONLY',
  'MASTERDOWN',
  'NOREPLICAS',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOSCRIPT',
  'MOVED',
  'ASK',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'DENIED',
  'ERR max number of clients',
  'ERR unknown command',
].join('|');

/** Redis before 7 wraps the error of a command in a script: `ERR Error running script (...): ... -OOM command not ...`. */
const errorReply = (codes: string): RegExp =>
  new RegExp(`^(ERR Error running script .* -)?(${codes})\\b`);

const OUTAGE = errorReply(OUTAGE_CODES);
const REPLICA = errorReply('READONLY|MASTERDOWN');
const UNKNOWN_SCRIPT = errorReply('NOSCRIPT');

/** Whether an error reply is about Redis as a whole, so that waiting helps, and not about the one command. */
export function isOutageReply(message: string): boolean {
  return OUTAGE.test(message);
}

/** Whether an error reply comes from a replica: after a failover the old address may lead to one. */
export function isReplicaReply(message: string): boolean {
  return REPLICA.test(message);
}

/** Whether a script was called by its digest and not run, as Redis does not have it. */
export function isUnknownScriptReply(message: string): boolean {
  return UNKNOWN_SCRIPT.test(message);
}
