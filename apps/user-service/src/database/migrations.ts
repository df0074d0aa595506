/**
 * The steps from an empty file to today's schema. SQLite's `user_version` counts those done; a step that has been
 * released is never changed, only followed by another.
 */
export const MIGRATIONS: readonly string[] = [
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
