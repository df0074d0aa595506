import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiHealth, TerminusBodyFilter, type HealthExample } from '@push/health';
import { ProcessHealthIndicator } from './process.health';
import { ServiceHealth } from './service.health';

type Example = Readonly<Record<string, HealthExample>>;

const LIVE: Example = {
  process: {
    status: 'up',
    checked: 'event loop',
    longest_block_ms: 31,
    turned_in_ms: 0.1,
    uptime_seconds: 86_400,
  },
  intake: { status: 'up', checked: 'consumers' },
};
const NOT_LIVE: Example = {
  intake: {
    status: 'down',
    checked: 'consumers',
    message: 'no consumer is open, although intake is not paused',
  },
};

const CONSUMING: Example = {
  rabbitmq: { status: 'up', checked: 'connection', consumer: 'consuming' },
  redis: { status: 'up', checked: 'PING', latency_ms: 0.4 },
};
const READY: Example = { process: { status: 'up', checked: 'shutdown' }, ...CONSUMING };
const NOT_READY: Example = {
  process: {
    status: 'down',
    checked: 'shutdown',
    message: 'stopping: waiting for messages in flight',
  },
};

const HEALTHY: Example = {
  ...CONSUMING,
  firebase: { status: 'up', checked: 'recent work', checked_at: '2026-03-01T12:00:00.000Z' },
  user_service: { status: 'up', checked: 'probe', checked_at: '2026-03-01T12:00:00.000Z' },
  circuit_breakers: { status: 'up', fcm: { status: 'up', state: 'closed', failures: 0 } },
};
const UNHEALTHY: Example = {
  firebase: {
    status: 'down',
    checked: 'circuit breaker',
    message: 'the circuit breaker of fcm is open until a probe succeeds',
    since: '2026-03-01T12:00:00.000Z',
  },
  circuit_breakers: {
    status: 'down',
    fcm: { status: 'down', state: 'open', failures: 5, open_since: '2026-03-01T12:00:00.000Z' },
  },
};

/** Health in the format of Terminus, with 200 or 503. Every entry says what was checked; no response takes much over a second. */
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

  /** Everything that a delivery needs, and the circuit breakers. */
  @Get()
  @ApiOperation({ operationId: 'health', summary: 'Everything that a delivery needs' })
  @ApiHealth(HEALTHY, UNHEALTHY)
  @Header('cache-control', 'no-store')
  all(): Promise<HealthCheckResult> {
    return this.health.check(this.service.delivering);
  }

  /** Whether this process works. Only what a restart repairs counts, so nothing outside of the process does. */
  @Get('live')
  @ApiOperation({ operationId: 'live', summary: 'Whether this process works' })
  @ApiHealth(LIVE, NOT_LIVE)
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.process.checkEventLoop('process'),
      () => this.process.checkIntake('intake'),
    ]);
  }

  /** Whether messages can be consumed. While Firebase is down the service stays ready, and waits. */
  @Get('ready')
  @ApiOperation({ operationId: 'ready', summary: 'Whether messages can be consumed' })
  @ApiHealth(READY, NOT_READY)
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.process.checkShutdown('process'),
      ...this.service.consuming,
    ]);
  }
}
