import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { TerminusBodyFilter } from '@push/health';
import { ProcessHealthIndicator } from './process.health';
import { ServiceHealth } from './service.health';

/** Health in Terminus's shape, with 200 or 503. Every entry says what was checked; no answer takes much over a second. */
@Controller('health')
@UseFilters(TerminusBodyFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly process: ProcessHealthIndicator,
    private readonly service: ServiceHealth,
  ) {}

  /** Everything that a delivery needs, and the breakers. */
  @Get()
  @Header('cache-control', 'no-store')
  all(): Promise<HealthCheckResult> {
    return this.health.check(this.service.delivering);
  }

  /** Whether this process runs. Where not, a restart helps; so nothing outside of it is looked at. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.process.turning('process')]);
  }

  /** Whether work can be taken. A Firebase that is down is waited out by a ready service. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.process.staying('process'), ...this.service.taking]);
  }
}
