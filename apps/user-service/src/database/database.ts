import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigError } from '@push/config';
import { translatingErrors } from './database.errors';
import { MIGRATIONS } from './migrations';

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
