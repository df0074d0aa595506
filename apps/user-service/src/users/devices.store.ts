import { Injectable } from '@nestjs/common';
import type { Platform } from '@push/contracts';
import { Database, type Query } from '../database';
import type { DeviceInput } from './user.schema';

/** An address a user's pushes go to. */
export interface Device {
  token: string;
  platform: Platform | null;
  locale: string | null;
  updated_at: string;
}

interface DeviceRow {
  token: string;
  platform: Platform | null;
  locale: string | null;
  updated_at: number;
}

/** The devices in the database. A token belongs to one user: whoever registered it last. */
@Injectable()
export class DevicesStore {
  private readonly byUser: Query<DeviceRow>;
  private readonly othersOfUser: Query<{ total: number }>;
  private readonly upsert: Query<never>;
  private readonly delete: Query<never>;
  private readonly deleteAll: Query<never>;

  constructor(database: Database) {
    this.byUser = database.prepare(
      `SELECT token, platform, locale, updated_at FROM devices WHERE user_id = ?
       ORDER BY updated_at DESC, token`,
    );
    this.othersOfUser = database.prepare(
      'SELECT count(*) AS total FROM devices WHERE user_id = ? AND token <> ?',
    );
    this.upsert = database.prepare(
      `INSERT INTO devices (token, user_id, platform, locale, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (token) DO UPDATE SET user_id = ?2, platform = ?3, locale = ?4, updated_at = ?5`,
    );
    this.delete = database.prepare('DELETE FROM devices WHERE user_id = ? AND token = ?');
    this.deleteAll = database.prepare('DELETE FROM devices WHERE user_id = ?');
  }

  /** The devices of a user, the one registered last first. */
  of(userId: string): Device[] {
    return this.byUser
      .all(userId)
      .map((row) => ({ ...row, updated_at: new Date(row.updated_at).toISOString() }));
  }

  /** How many devices a user has beside this one. */
  countOthers(userId: string, token: string): number {
    return this.othersOfUser.get(userId, token)?.total ?? 0;
  }

  /** Adds or refreshes a device; one that was another user's is this user's from now on. */
  put(userId: string, { token, platform, locale }: DeviceInput, now = Date.now()): void {
    this.upsert.run(token, userId, platform ?? null, locale ?? null, now);
  }

  /** Call within a transaction. */
  replaceAll(userId: string, devices: readonly DeviceInput[]): void {
    this.deleteAll.run(userId);
    const now = Date.now();
    for (const device of devices) this.put(userId, device, now);
  }

  /** @returns whether the user had the device */
  remove(userId: string, token: string): boolean {
    return this.delete.run(userId, token) > 0;
  }
}
