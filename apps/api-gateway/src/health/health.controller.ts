import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import {
  BrokerHealthIndicator,
  CircuitBreakersHealthIndicator,
  RedisHealthIndicator,
  TerminusBodyFilter,
} from '@push/health';

/** Health in Terminus's shape, 200 or 503. Open to all, as orchestrators carry no keys. */
@Controller('health')
@UseFilters(TerminusBodyFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly broker: BrokerHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly breakers: CircuitBreakersHealthIndicator,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  all(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.broker.check('rabbitmq'),
      () => this.redis.check('redis'),
      () => this.breakers.check('circuit_breakers'),
    ]);
  }

  /** Whether this process runs; nothing outside of it is looked at. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Whether notifications can be accepted: not without RabbitMQ or Redis. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.broker.check('rabbitmq'),
      () => this.redis.check('redis'),
    ]);
  }
}
