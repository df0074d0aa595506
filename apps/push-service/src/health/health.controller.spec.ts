import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Global, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  BreakerConfig,
  ConfigModule,
  FcmConfig,
  RabbitmqConfig,
  UserServiceConfig,
} from '@push/config';
import { FcmTransport, GuardedFcm, type SendResult } from '@push/fcm';
import { Publisher, PushQueueServer, QueueInspector } from '@push/queue';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import { HealthModule } from './health.module';
import { IntakeLiveness } from './intake-liveness';
import { ProcessHealthIndicator } from './process.health';

const server = { connected: true, paused: false, inFlight: 0, waiting: 0, currentLimit: 5 };
const publisher = { connected: true };
const redis = { connected: true, client: { ping: () => Promise.resolve('PONG') } };

/** Stands in for QueueModule, which would dial RabbitMQ. */
@Global()
@Module({
  providers: [
    { provide: PushQueueServer, useValue: server },
    { provide: Publisher, useValue: publisher },
    { provide: QueueInspector, useValue: {} },
  ],
  exports: [PushQueueServer, Publisher, QueueInspector],
})
class FakeQueueModule {}

/** Stands in for RedisConnectionModule. */
@Module({
  providers: [{ provide: RedisConnection, useValue: redis }],
  exports: [RedisConnection],
})
class FakeRedisModule {}

describe('HealthController', () => {
  let app: NestFastifyApplication;
  let userService: Server;
  let userServiceStatus: number;
  const send = jest.fn<Promise<SendResult>, []>();

  beforeEach(async () => {
    Object.assign(server, { connected: true, paused: false });
    publisher.connected = true;
    redis.connected = true;
    userServiceStatus = 200;
    // What FCM answers to a probe: nobody has this token.
    send.mockResolvedValue({
      accepted: false,
      failure: 'token',
      code: 'UNREGISTERED',
      message: '',
    });
    userService = createServer((request, response) => {
      response.statusCode = request.url === '/api/v1/health/live' ? userServiceStatus : 404;
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => userService.once('listening', resolve));
    const { port } = userService.address() as AddressInfo;
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([BreakerConfig, FcmConfig, RabbitmqConfig, UserServiceConfig], {
          USER_SERVICE_URL: `http://127.0.0.1:${port}`,
          FCM_EMULATOR_HOST: '127.0.0.1:1',
        }),
        ResilienceModule,
        FakeQueueModule,
        HealthModule,
      ],
    })
      .overrideModule(RedisConnectionModule)
      .useModule(FakeRedisModule)
      .overrideProvider(FcmTransport)
      .useValue({ send, sessions: 0 })
      .compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.useLogger(false);
    await app.init();
  });

  afterEach(async () => {
    await app.close();
    userService.closeAllConnections();
    await new Promise((resolve) => userService.close(resolve));
  });

  async function read(path: string): Promise<{ code: number; body: HealthCheckResult }> {
    const answer = await app.inject(`/${path}`);
    return { code: answer.statusCode, body: answer.json() };
  }

  it('checks everything that a delivery needs', async () => {
    const { code, body } = await read('health');
    expect(code).toBe(200);
    expect(body.details).toMatchObject({
      rabbitmq: { status: 'up', checked: 'connection', consumer: 'consuming' },
      redis: { status: 'up', checked: 'PING' },
      firebase: { status: 'up', checked: 'probe' },
      user_service: { status: 'up', checked: 'probe' },
      circuit_breakers: {
        status: 'up',
        credentials: { status: 'up', state: 'closed', failures: 0 },
        fcm: { status: 'up', state: 'closed', failures: 0 },
      },
    });
  });

  it('is unhealthy but ready and alive when Firebase does not answer', async () => {
    send.mockResolvedValue({
      accepted: false,
      failure: 'transient',
      code: 'NETWORK',
      message: 'connect ECONNREFUSED',
    });
    const { code, body } = await read('health');
    expect(code).toBe(503);
    expect(body.error).toMatchObject({ firebase: { status: 'down', checked: 'probe' } });
    expect((await read('health/ready')).code).toBe(200);
    expect((await read('health/live')).code).toBe(200);
  });

  it('names the credentials when Firebase refuses them', async () => {
    await app.get(GuardedFcm).credentials.trip('refused');
    const { code, body } = await read('health');
    expect(code).toBe(503);
    expect(body.error).toMatchObject({
      firebase: { message: expect.stringContaining('credentials') },
      circuit_breakers: { credentials: { state: 'open' }, fcm: { state: 'closed' } },
    });
    expect((await read('health/ready')).code).toBe(200);
  });

  it('names the operator who holds a breaker open', async () => {
    app.get(GuardedFcm).credentials.holdOpen({ by: 'alice', since: 0 });
    const { code, body } = await read('health');
    expect(code).toBe(503);
    expect(body.error).toMatchObject({
      circuit_breakers: {
        credentials: { status: 'down', state: 'open', message: 'held open by alice' },
      },
    });
  });

  it('is unhealthy when the user service is', async () => {
    userServiceStatus = 500;
    expect((await read('health')).body.error).toMatchObject({
      user_service: { status: 'down', message: expect.stringContaining('500') },
    });
  });

  it.each([
    ['the connection for consuming is lost', () => (server.connected = false)],
    ['the connection for publishing is lost', () => (publisher.connected = false)],
    ['Redis is unreachable', () => (redis.connected = false)],
    ['it is stopping', () => app.get(ProcessHealthIndicator).onModuleDestroy()],
  ])('is alive but not ready when %s', async (_, cause) => {
    expect((await read('health/ready')).code).toBe(200);
    cause();
    expect((await read('health/ready')).code).toBe(503);
    expect((await read('health/live')).code).toBe(200);
  });

  it('is alive until intake is known to be dead', async () => {
    expect((await read('health/live')).body.details).toMatchObject({
      process: { status: 'up', checked: 'event loop', longest_block_ms: expect.any(Number) },
      intake: { status: 'up', checked: 'consumers' },
    });
    jest.spyOn(app.get(IntakeLiveness), 'problem', 'get').mockReturnValue('no consumer is open');
    const { code, body } = await read('health/live');
    expect(code).toBe(503);
    expect(body.error).toEqual({
      intake: { status: 'down', checked: 'consumers', message: 'no consumer is open' },
    });
    expect((await read('health/ready')).code).toBe(200);
  });

  it('is ready while intake is paused', async () => {
    server.paused = true;
    const { code, body } = await read('health/ready');
    expect(code).toBe(200);
    expect(body.details['rabbitmq']).toMatchObject({ consumer: 'paused' });
  });
});
