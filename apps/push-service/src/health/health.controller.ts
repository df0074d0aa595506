import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiHealth, TerminusBodyFilter } from '@push/health';
import * as example from './health.examples';
import { ProcessHealthIndicator } from './process.health';
import { ServiceHealth } from './service.health';

/** Health in Terminus's shape, with 200 or 503. Every entry says what was checked; no answer takes much over a second. */
@Controller('health')
@ApiTags('Health')
@ApiSecurity({})
@UseFilters(TerminusBodyFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly process: ProcessHealthIndicator,
    private readonly service: ServiceHealth,
  ) {}

  /** Everything that a delivery needs, and the breakers. */
  @Get()
  @ApiOperation({ operationId: 'health', summary: 'All that a delivery needs' })
  @ApiHealth(example.delivering, example.breakerOpen)
  @Header('cache-control', 'no-store')
  all(): Promise<HealthCheckResult> {
    return this.health.check(this.service.delivering);
  }

  /** Whether this process works. Where not, a restart helps; so whatever is down outside of it does not count. */
  @Get('live')
  @ApiOperation({ operationId: 'live', summary: 'Whether this process works' })
  @ApiHealth(example.living, example.deadIntake)
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.process.turning('process'),
      () => this.process.intaking('intake'),
    ]);
  }

  /** Whether work can be taken. A Firebase that is down is waited out by a ready service. */
  @Get('ready')
  @ApiOperation({ operationId: 'ready', summary: 'Whether work can be taken' })
  @ApiHealth(example.taking, example.stopping)
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.process.staying('process'), ...this.service.taking]);
  }
}
