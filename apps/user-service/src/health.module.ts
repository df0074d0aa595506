import { Controller, Get, Header, Injectable, Module, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import {
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { ApiHealth, HealthModule as Indicators, TerminusBodyFilter } from '@push/health';
import { Database, type Query } from './database';

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

const up = { database: { status: 'up' } } as const;
const down = { database: { status: 'down', message: 'disk I/O error' } } as const;

/** Health in Terminus's shape, 200 or 503. Open to all, as orchestrators carry no keys. */
@Controller('health')
@ApiTags('Health')
@ApiSecurity({})
@UseFilters(TerminusBodyFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
  ) {}

  /** Whether users can be looked up. */
  @Get(['', 'ready'])
  @ApiOperation({ summary: 'Whether users can be looked up' })
  @ApiHealth(up, down)
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.database.check('database')]);
  }

  /** Whether this process runs; nothing outside of it is looked at. */
  @Get('live')
  @ApiOperation({ summary: 'Whether this process runs' })
  @ApiHealth({})
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }
}

/** Health of the service and its database. */
@Module({
  imports: [Indicators.forRoot({ indicators: [DatabaseHealthIndicator] })],
  controllers: [HealthController],
})
export class HealthModule {}
