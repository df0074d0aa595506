import {
  Controller,
  Get,
  Logger,
  Module,
  Param,
  ServiceUnavailableException,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ConfigModule, LogConfig } from '@push/config';
import { Logger as PinoLogger } from 'nestjs-pino';
import { CorrelationId, requestId } from '../correlation';
import { LoggingModule } from './logging.module';

type Line = Record<string, unknown>;

/** Keeps the lines instead of writing them. */
class CapturedLines {
  private raw: string[] = [];
  write(line: string): void {
    this.raw.push(line);
  }
  take(): Line[] {
    const lines = this.raw.map((line) => JSON.parse(line) as Line);
    this.raw = [];
    return lines;
  }
  takeRaw(): string[] {
    const lines = this.raw;
    this.raw = [];
    return lines;
  }
}

@Controller()
class ThingsController {
  private readonly logger = new Logger(ThingsController.name);

  @Get('things/:id')
  thing(@Param('id') id: string, @CorrelationId() correlationId: string): object {
    this.logger.log({ id }, 'Thing read');
    return { correlationId };
  }

  @Get('users/:id/devices/:token')
  device(): string {
    return 'device';
  }

  @Get('health/live')
  live(): string {
    throw new ServiceUnavailableException();
  }

  @Get('unexpected')
  unexpected(): string {
    throw new TypeError('as scripted');
  }
}

const output = new CapturedLines();

@Module({
  imports: [
    ConfigModule.forRoot([LogConfig], { LOG_LEVEL: 'debug' }),
    LoggingModule.forRoot('some-service', output),
  ],
  controllers: [ThingsController],
})
class SomeAppModule {}

describe('LoggingModule', () => {
  let app: NestFastifyApplication;
  let logger: Logger;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [SomeAppModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(
      new FastifyAdapter({ genReqId: requestId }),
    );
    app.setGlobalPrefix('api/v1');
    app.useLogger(app.get(PinoLogger));
    await app.init();
    logger = new Logger('Delivery');
  });

  beforeEach(() => void output.takeRaw());

  afterAll(async () => {
    await app.close();
    Logger.overrideLogger(false);
  });

  it('writes time, level, message and service first, then the fields, then the context', () => {
    logger.log({ correlation_id: 'c-1', user_id: 'u-1', request_id: 'r-1', tries: 2 }, 'Delivered');

    const [raw = ''] = output.takeRaw();
    expect(raw.endsWith('}\n')).toBe(true);
    expect(Object.entries(JSON.parse(raw) as Line)).toEqual([
      ['timestamp', expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)],
      ['level', 'INFO'],
      ['message', 'Delivered'],
      ['service', 'some-service'],
      ['correlation_id', 'c-1'],
      ['user_id', 'u-1'],
      ['request_id', 'r-1'],
      ['tries', 2],
      ['context', 'Delivery'],
    ]);
  });

  it('logs a message without fields', () => {
    logger.warn('Nothing to do');
    expect(output.take()).toEqual([
      expect.objectContaining({ level: 'WARN', message: 'Nothing to do', context: 'Delivery' }),
    ]);
  });

  it('logs an error as type, message, code and stack, its causes too, and none of its other properties', () => {
    class GatewayGone extends Error {
      readonly code = 'GATEWAY_GONE';
      readonly request = { headers: { authorization: 'Bearer abc' } };
    }
    const err = new GatewayGone('no answer', { cause: new RangeError('socket hang up') });
    logger.error({ err, request_id: 'r-1' }, 'Status not reported');

    const [line] = output.take();
    expect(line).toMatchObject({
      level: 'ERROR',
      message: 'Status not reported',
      request_id: 'r-1',
    });
    expect(line?.['err']).toEqual({
      type: 'GatewayGone',
      message: 'no answer',
      code: 'GATEWAY_GONE',
      stack: expect.stringContaining('logging.module.spec'),
      cause: { type: 'RangeError', message: 'socket hang up' },
    });
  });

  it('uses the message of an error that is logged alone', () => {
    logger.error(new Error('alone'));
    expect(output.take()).toEqual([
      expect.objectContaining({
        message: 'alone',
        err: expect.objectContaining({ type: 'Error' }),
      }),
    ]);
  });

  it('hides secrets at the top of a line and one object below', () => {
    logger.log(
      {
        token: 'abc',
        device: { push_token: 'def' },
        headers: { 'x-api-key': 'g' },
        'x-api-key': 'h',
      },
      'Careless',
    );
    expect(output.take()).toEqual([
      expect.objectContaining({
        token: '[redacted]',
        device: { push_token: '[redacted]' },
        headers: { 'x-api-key': '[redacted]' },
        'x-api-key': '[redacted]',
      }),
    ]);
  });

  it('writes one valid line whatever the values are', () => {
    const nasty = 'a\n","message":"b"}\n{"level":"\\';
    logger.log({ nasty, nested: { message: nasty }, message: 'in fields' }, nasty);
    logger.log({ last: { message: 'x' }, message: 'in fields' });
    const circular: Line = {};
    circular['self'] = circular;
    logger.log({ circular, big: 10n }, 'Odd');
    const raw = output.takeRaw();
    expect(raw.map((line) => line.match(/\n/g)?.length)).toEqual([1, 1, 1]);
    const lines = raw.map((line) => JSON.parse(line) as Line);
    expect(lines[0]).toMatchObject({ nasty, nested: { message: nasty } });
    expect(lines[1]).toMatchObject({ last: { message: 'x' }, message: 'in fields' });
    expect(lines[2]).toMatchObject({ message: 'Odd' });
  });

  it('logs one line for a request, and its correlation id in every line of it', async () => {
    const answer = await app.inject({
      url: '/api/v1/things/7?api_key=hidden',
      headers: { 'x-correlation-id': 'demo-1', authorization: 'Bearer hidden' },
    });

    expect(answer.json()).toEqual({ correlationId: 'demo-1' });
    const [inside, request, ...more] = output.take();
    expect(more).toEqual([]);
    expect(inside).toMatchObject({ message: 'Thing read', correlation_id: 'demo-1', id: '7' });
    const { timestamp: _, ...rest } = request ?? {};
    expect(rest).toEqual({
      level: 'INFO',
      message: 'HTTP request',
      service: 'some-service',
      correlation_id: 'demo-1',
      method: 'GET',
      path: '/api/v1/things/7',
      status: 200,
      duration_ms: expect.any(Number),
    });
  });

  it.each([
    ['too long', 'x'.repeat(129)],
    ['not printable', 'caf\u00e9'],
    ['absent', undefined],
  ])('gives a request a new correlation id when its own is %s', async (_, given) => {
    const headers = given === undefined ? {} : { 'x-correlation-id': given };
    const answer = await app.inject({ url: '/api/v1/things/7', headers });
    const [line] = output.take();
    expect(line?.['correlation_id']).toMatch(/^[\da-f-]{36}$/);
    expect(answer.json()).toEqual({ correlationId: line?.['correlation_id'] });
  });

  it('logs a route that does not exist', async () => {
    await app.inject({ url: '/api/v1/nowhere' });
    expect(output.take()).toEqual([
      expect.objectContaining({ path: '/api/v1/nowhere', status: 404, level: 'INFO' }),
    ]);
  });

  it('masks device tokens in paths', async () => {
    await app.inject({ url: '/api/v1/users/u-1/devices/abcdefghijklmnopqrstuvwxyz' });
    expect(output.take()).toEqual([
      expect.objectContaining({ path: '/api/v1/users/u-1/devices/abcd...wxyz', status: 200 }),
    ]);
  });

  it('logs requests for health at debug, failed ones too', async () => {
    await app.inject({ url: '/api/v1/health/live' });
    expect(output.take()).toEqual([
      expect.objectContaining({ level: 'DEBUG', path: '/api/v1/health/live', status: 503 }),
    ]);
  });

  it('logs an unexpected error once, and the request that failed by it', async () => {
    await app.inject({
      url: '/api/v1/unexpected',
      headers: { 'x-correlation-id': 'demo-2' },
    });
    const lines = output.take();
    expect(lines).toHaveLength(2);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        correlation_id: 'demo-2',
        err: expect.objectContaining({ type: 'TypeError', message: 'as scripted' }),
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'WARN', status: 500, path: '/api/v1/unexpected' }),
    );
  });
});
