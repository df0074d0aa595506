import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { TerminusBodyFilter } from '@push/health';
import { DatabaseHealthIndicator } from './database.health';

/** Health in Terminus's shape, 200 or 503. Open to all, as orchestrators carry no keys. */
@Controller('health')
@UseFilters(TerminusBodyFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
  ) {}

  /** Whether users can be looked up. */
  @Get(['', 'ready'])
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.database.check('database')]);
  }

  /** Whether this process runs; nothing outside of it is looked at. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }
}
