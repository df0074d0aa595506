import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { ApiHealth, TerminusBodyFilter } from '@push/health';
import { DatabaseHealthIndicator } from './database.health';

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
