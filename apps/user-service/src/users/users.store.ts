import { Injectable } from '@nestjs/common';
import { Database, type Query } from '../database';
import type { PreferencesInput, UserInput } from './user.schema';

/** A user without the devices. */
export interface User {
  user_id: string;
  name: string | null;
  email: string | null;
  preferences: { push: boolean; email: boolean };
  created_at: string;
  updated_at: string;
}

interface UserRow {
  user_id: string;
  name: string | null;
  email: string | null;
  wants_push: number;
  wants_email: number;
  created_at: number;
  updated_at: number;
}

/** The users in the database. */
@Injectable()
export class UsersStore {
  private readonly byId: Query<UserRow>;
  private readonly pageById: Query<UserRow>;
  private readonly count: Query<{ total: number }>;
  private readonly upsert: Query<never>;
  private readonly updatePreferences: Query<UserRow>;

  constructor(database: Database) {
    this.byId = database.prepare('SELECT * FROM users WHERE user_id = ?');
    this.pageById = database.prepare('SELECT * FROM users ORDER BY user_id LIMIT ? OFFSET ?');
    this.count = database.prepare('SELECT count(*) AS total FROM users');
    this.upsert = database.prepare(
      `INSERT INTO users (user_id, name, email, wants_push, wants_email, created_at, updated_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (user_id) DO UPDATE SET name = ?2, email = ?3, wants_push = ?4, wants_email = ?5, updated_at = ?6`,
    );
    this.updatePreferences = database.prepare(
      `UPDATE users SET wants_push = coalesce(?2, wants_push), wants_email = coalesce(?3, wants_email), updated_at = ?4
       WHERE user_id = ?1 RETURNING *`,
    );
  }

  find(userId: string): User | undefined {
    return toUser(this.byId.get(userId));
  }

  /** One page in the order of ids. Pages count from 1. */
  page(page: number, limit: number): User[] {
    return this.pageById.all(limit, (page - 1) * limit).map((row) => toUser(row));
  }

  total(): number {
    return this.count.get()?.total ?? 0;
  }

  /** Creates the user or replaces all that is known of them, the devices excepted. */
  put(userId: string, { name, email, preferences }: UserInput): void {
    const { push = true, email: wantsEmail = true } = preferences ?? {};
    this.upsert.run(userId, name ?? null, email ?? null, +push, +wantsEmail, Date.now());
  }

  /** @returns undefined when there is no such user */
  setPreferences(userId: string, { push, email }: PreferencesInput): User | undefined {
    return toUser(
      this.updatePreferences.get(userId, toInteger(push), toInteger(email), Date.now()),
    );
  }
}

function toInteger(value?: boolean): number | null {
  return value === undefined ? null : Number(value);
}

function toUser(row: UserRow): User;
function toUser(row: UserRow | undefined): User | undefined;
function toUser(row: UserRow | undefined): User | undefined {
  return (
    row && {
      user_id: row.user_id,
      name: row.name,
      email: row.email,
      preferences: { push: row.wants_push === 1, email: row.wants_email === 1 },
      created_at: new Date(row.created_at).toISOString(),
      updated_at: new Date(row.updated_at).toISOString(),
    }
  );
}
