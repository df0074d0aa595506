import { Controller, Get } from '@nestjs/common';
import { success, type Envelope } from '@push/contracts';
import { Database, type Query } from '../database/database';

interface Health {
  status: 'ok';
  service: 'user-service';
  database: 'up';
}

/** Whether the service works. Open to all, as orchestrators carry no keys. */
@Controller('health')
export class HealthController {
  private readonly probe: Query<{ one: number }>;

  constructor(database: Database) {
    this.probe = database.prepare('SELECT 1 AS one FROM users LIMIT 1');
  }

  @Get('live')
  live(): Envelope<{ status: 'ok' }> {
    return success({ status: 'ok' }, 'The process is alive');
  }

  /** 503 while the database cannot be read. */
  @Get(['', 'ready'])
  ready(): Envelope<Health> {
    this.probe.get();
    return success(
      { status: 'ok', service: 'user-service', database: 'up' },
      'The service is ready',
    );
  }
}
