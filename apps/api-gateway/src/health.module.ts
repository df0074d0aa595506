import { Controller, Get, Header, Module, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import {
  ApiHealth,
  BrokerHealthIndicator,
  BrokerState,
  CircuitBreakersHealthIndicator,
  HealthModule as Indicators,
  RedisHealthIndicator,
  TerminusBodyFilter,
} from '@push/health';
import { Publisher } from '@push/queue';
import { RedisConnectionModule } from '@push/redis';

const up = {
  rabbitmq: { status: 'up', checked: 'connection' },
  redis: { status: 'up', checked: 'PING', latency_ms: 0.4 },
} as const;
const down = {
  redis: { status: 'down', checked: 'PING', message: 'not connected; trying again until it is' },
} as const;

/** Health in Terminus's shape, 200 or 503. Open to all, as orchestrators carry no keys. */
@Controller('health')
@ApiTags('Health')
@ApiSecurity({})
@UseFilters(TerminusBodyFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly broker: BrokerHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly breakers: CircuitBreakersHealthIndicator,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'health', summary: 'All that an acceptance needs' })
  @ApiHealth(up, down)
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
  @ApiOperation({ operationId: 'live', summary: 'Whether this process runs' })
  @ApiHealth({})
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Whether notifications can be accepted: not without RabbitMQ or Redis. */
  @Get('ready')
  @ApiOperation({ operationId: 'ready', summary: 'Whether notifications can be accepted' })
  @ApiHealth(up, down)
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.broker.check('rabbitmq'),
      () => this.redis.check('redis'),
    ]);
  }
}

/** Health of the gateway and of what it needs. */
@Module({
  imports: [
    Indicators.forRoot({
      indicators: [BrokerHealthIndicator, RedisHealthIndicator, CircuitBreakersHealthIndicator],
      imports: [RedisConnectionModule],
      providers: [{ provide: BrokerState, useExisting: Publisher }],
    }),
  ],
  controllers: [HealthController],
})
export class HealthModule {}
