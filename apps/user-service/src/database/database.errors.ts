/** The database did not do what was asked of it. */
export class DatabaseError extends Error {
  readonly code = 'DATABASE_FAILED';

  constructor(
    message: string,
    /** True where the same call may work later: the file was locked, or the disk was full. */
    readonly retryable: boolean,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = 'DatabaseError';
  }
}

/** SQLite's primary result codes of states that pass: busy, locked, I/O error, full. */
const PASSING = new Set([5, 6, 10, 13]);

/** Runs a call of node:sqlite. @throws {DatabaseError} instead of what it throws */
export function translatingErrors<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof DatabaseError || !isSqliteError(error)) throw error;
    throw new DatabaseError(
      `The user database failed: ${error.errstr}`,
      PASSING.has(error.errcode & 0xff),
      error,
    );
  }
}

function isSqliteError(error: unknown): error is Error & { errcode: number; errstr: string } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}
