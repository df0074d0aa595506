import { Controller, Get, Module, UseFilters } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { BreakerConfig, ConfigModule } from '@push/config';
import { RedisConnection } from '@push/redis';
import { Dependencies, ResilienceModule, type Dependency } from '@push/resilience';
import { BrokerHealthIndicator, RedisHealthIndicator } from './connections.health';
import { CircuitBreakersHealthIndicator, FirebaseHealthIndicator } from './dependencies.health';
import { HealthModule } from './health.module';
import { BrokerState, FirebaseProbe } from './health.ports';
import { TerminusBodyFilter } from './terminus-answer';

const broker: { connected: boolean; paused?: boolean } = { connected: true, paused: false };
const redis = { connected: true, client: { ping: jest.fn<Promise<string>, []>() } };
const firebase = { probe: jest.fn<Promise<void>, []>(), lastSuccessAt: undefined };

@Controller('health')
@UseFilters(TerminusBodyFilter)
class SomeHealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly broker: BrokerHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly firebase: FirebaseHealthIndicator,
    private readonly breakers: CircuitBreakersHealthIndicator,
  ) {}

  @Get()
  read(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.broker.check('rabbitmq'),
      () => this.redis.check('redis'),
      () => this.firebase.check('firebase'),
      () => this.breakers.check('circuit_breakers', ['fcm']),
    ]);
  }
}

@Module({
  imports: [
    ConfigModule.forRoot([BreakerConfig], {}),
    ResilienceModule,
    HealthModule.forRoot({
      indicators: [
        BrokerHealthIndicator,
        RedisHealthIndicator,
        FirebaseHealthIndicator,
        CircuitBreakersHealthIndicator,
      ],
      providers: [
        { provide: BrokerState, useValue: broker },
        { provide: RedisConnection, useValue: redis },
        { provide: FirebaseProbe, useValue: firebase },
      ],
    }),
  ],
  controllers: [SomeHealthController],
})
class SomeAppModule {}

describe('HealthModule', () => {
  let app: NestFastifyApplication;
  let fcm: Dependency;
  let credentials: Dependency;
  let gateway: Dependency;

  beforeEach(async () => {
    Object.assign(broker, { connected: true, paused: false });
    redis.connected = true;
    redis.client.ping.mockResolvedValue('PONG');
    firebase.probe.mockResolvedValue();
    const module = await Test.createTestingModule({ imports: [SomeAppModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.useLogger(false);
    await app.init();
    const dependencies = app.get(Dependencies);
    const probe = () => Promise.resolve();
    fcm = dependencies.create({ name: 'fcm', probe });
    credentials = dependencies.create({ name: 'credentials', probe });
    gateway = dependencies.create({ name: 'gateway', probe });
  });

  afterEach(() => app.close());

  async function read(): Promise<{ code: number; body: HealthCheckResult }> {
    const answer = await app.inject('/health');
    return { code: answer.statusCode, body: answer.json() };
  }

  async function open(dependency: Dependency): Promise<void> {
    for (let failure = 0; failure < 5; failure += 1) {
      await dependency.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    }
  }

  it('answers 200 and what was checked while everything is up', async () => {
    const closed = { status: 'up', state: 'closed', failures: 0 };
    const { code, body } = await read();
    expect(code).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      error: {},
      details: {
        rabbitmq: { status: 'up', checked: 'connection', consumer: 'consuming' },
        redis: { status: 'up', checked: 'PING' },
        firebase: { status: 'up', checked: 'probe' },
        circuit_breakers: { status: 'up', fcm: closed, gateway: closed },
      },
    });
  });

  it('answers 503 in the same shape when a dependency is down', async () => {
    broker.connected = false;
    const { code, body } = await read();
    expect(code).toBe(503);
    expect(body.status).toBe('error');
    expect(body.error).toEqual({
      rabbitmq: {
        status: 'down',
        checked: 'connection',
        consumer: 'waiting',
        message: expect.stringContaining('not connected'),
      },
    });
    expect(Object.keys(body.info ?? {})).toEqual(['redis', 'firebase', 'circuit_breakers']);
  });

  it('is up while consuming is paused, and shows it', async () => {
    broker.paused = true;
    expect((await read()).body.details['rabbitmq']).toMatchObject({
      status: 'up',
      consumer: 'paused',
    });
  });

  it('does not wait for a Redis that does not answer', async () => {
    redis.client.ping.mockReturnValue(new Promise(() => undefined));
    const startedAt = Date.now();
    const { code, body } = await read();
    expect(Date.now() - startedAt).toBeLessThan(2000);
    expect(code).toBe(503);
    expect(body.error).toMatchObject({ redis: { message: 'no answer within 1000 ms' } });
  });

  it('does not ping a Redis that is not connected', async () => {
    redis.connected = false;
    expect((await read()).code).toBe(503);
    expect(redis.client.ping).not.toHaveBeenCalled();
  });

  it('reports an open breaker instead of probing', async () => {
    await open(fcm);
    const { code, body } = await read();
    expect(code).toBe(503);
    expect(body.error).toMatchObject({
      firebase: { checked: 'circuit breaker', since: expect.stringMatching(/^\d{4}-/) },
      circuit_breakers: {
        fcm: { status: 'down', state: 'open', failures: 5, open_since: expect.any(String) },
      },
    });
    expect(firebase.probe).not.toHaveBeenCalled();
  });

  it('names the open breaker that Firebase depends on', async () => {
    await open(credentials);
    expect((await read()).body.details).toMatchObject({
      firebase: { message: 'the circuit breaker of credentials is open until a probe succeeds' },
      circuit_breakers: { credentials: { status: 'down' }, fcm: { status: 'up' } },
    });
  });

  it('shows the open breaker of a dependency that is not needed, and is up', async () => {
    await open(gateway);
    const { code, body } = await read();
    expect(code).toBe(200);
    expect(body.details['circuit_breakers']).toMatchObject({
      status: 'up',
      gateway: { status: 'down', state: 'open' },
    });
  });
});
