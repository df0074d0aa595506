import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Database, type Query } from '../database/database';

/** Whether the user database can be read. */
@Injectable()
export class DatabaseHealthIndicator {
  private readonly probe: Query<{ one: number }>;

  constructor(
    private readonly indicator: HealthIndicatorService,
    database: Database,
  ) {
    this.probe = database.prepare('SELECT 1 AS one FROM users LIMIT 1');
  }

  check<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    try {
      this.probe.get();
      return session.up();
    } catch (error) {
      return session.down({ message: error instanceof Error ? error.message : String(error) });
    }
  }
}
