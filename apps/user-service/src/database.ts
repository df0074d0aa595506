import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigError } from '@push/config';
import { DatabaseConfig } from './user-service.config';

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
function translatingErrors<T>(call: () => T): T {
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

/**
 * The steps from an empty file to today's schema. SQLite's `user_version` counts those done; a step that has been
 * released is never changed, only followed by another.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE users (
    user_id TEXT PRIMARY KEY,
    name TEXT,
    email TEXT,
    wants_push INTEGER NOT NULL DEFAULT 1,
    wants_email INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE devices (
    token TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    platform TEXT,
    locale TEXT,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX devices_by_user ON devices (user_id, updated_at);
  `,
];

/** How long a statement waits for another process's write. */
const LOCK_TIMEOUT_MS = 2000;

/** A prepared statement. Rows come back as `Row`. */
export interface Query<Row> {
  all(...values: SQLInputValue[]): Row[];
  get(...values: SQLInputValue[]): Row | undefined;
  /** @returns the number of rows changed */
  run(...values: SQLInputValue[]): number;
}

/** The SQLite file: opened with its schema brought up to date, closed when the app ends. */
@Injectable()
export class Database implements OnApplicationShutdown {
  private constructor(private readonly connection: DatabaseSync) {}

  /**
   * @param file path of the SQLite file, whose folder is made, or `:memory:`
   * @throws {ConfigError} when the file cannot be used
   */
  static open(file: string): Database {
    try {
      if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
      const connection = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
      // Readers and the writer do not wait for each other, and a committed change outlives this process.
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      const database = new Database(connection);
      database.migrate();
      return database;
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw unusable(`cannot be used (${reason}): name a SQLite file that can be read and written`);
    }
  }

  prepare<Row = never>(sql: string): Query<Row> {
    const statement = translatingErrors(() => this.connection.prepare(sql));
    return {
      all: (...values) => translatingErrors(() => statement.all(...values) as Row[]),
      get: (...values) => translatingErrors(() => statement.get(...values) as Row | undefined),
      run: (...values) => translatingErrors(() => Number(statement.run(...values).changes)),
    };
  }

  /** Runs work that happens as a whole or not at all. */
  transaction<T>(work: () => T): T {
    return translatingErrors(() => {
      this.connection.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.connection.isTransaction) this.connection.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** After the last request has been answered. */
  onApplicationShutdown(): void {
    if (this.connection.isOpen) this.connection.close();
  }

  private migrate(): void {
    this.transaction(() => {
      const done = this.connection.prepare('PRAGMA user_version').get()?.['user_version'] as number;
      if (done > MIGRATIONS.length) {
        throw unusable(
          'was written by a newer release of this service: start that one, or name another file',
        );
      }
      for (const step of MIGRATIONS.slice(done)) this.connection.exec(step);
      this.connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }
}

function unusable(problem: string): ConfigError {
  return new ConfigError([{ variable: 'DATABASE_FILE', problem }]);
}

/** Provides the open {@link Database}. */
@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [DatabaseConfig],
      useFactory: ({ file }: DatabaseConfig) => Database.open(file),
    },
  ],
  exports: [Database],
})
export class DatabaseModule {}
