import { Controller, Get, Logger, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ConfigModule, LogConfig } from '@push/config';
import { Logger as PinoLogger } from 'nestjs-pino';
import { LoggingModule, LogLevel } from './logging.module';

let lines: { level: string; message: string; context?: string }[] = [];
const output = { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[0]) };

/** Changes the level in the middle of a request, when messages to. */
let inTheMiddle: () => void = () => undefined;

@Controller()
class ThingsController {
  private readonly logger = new Logger('Things');

  @Get('things')
  things(): string {
    inTheMiddle();
    this.logger.debug('details');
    return 'things';
  }
}

@Module({
  imports: [
    ConfigModule.forRoot([LogConfig], { LOG_LEVEL: 'info' }),
    LoggingModule.forRoot('some-service', output),
  ],
  controllers: [ThingsController],
})
class SomeAppModule {}

describe('LogLevel', () => {
  let app: NestFastifyApplication;
  let level: LogLevel;
  const logger = new Logger('Delivery');

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [SomeAppModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.useLogger(app.get(PinoLogger));
    await app.init();
    level = app.get(LogLevel);
  });
  beforeEach(() => {
    inTheMiddle = () => undefined;
    level.set('info', {});
    lines = [];
  });
  afterAll(async () => {
    await app.close();
    Logger.overrideLogger(false);
  });

  const messages = (): string[] => lines.map(({ message }) => message);

  it('is the configured level until it is changed', () => {
    expect([level.current, level.configured]).toEqual(['info', 'info']);
    logger.debug('unseen');
    level.set('debug', { actor: 'alice' });
    logger.debug('seen');
    expect(messages()).toEqual(['Log level changed', 'seen']);
    expect(lines[0]).toMatchObject({ level: 'INFO', actor: 'alice', from: 'info', to: 'debug' });
    expect([level.current, level.configured]).toEqual(['debug', 'info']);
  });

  it('logs a change to a quieter level before it applies', () => {
    level.set('error', { actor: 'alice' });
    logger.log('unseen');
    expect(messages()).toEqual(['Log level changed']);
  });

  it('logs nothing where nothing changes', () => {
    level.set('info', { actor: 'alice' });
    expect(messages()).toEqual([]);
  });

  it('applies to the loggers of requests, including those in flight', async () => {
    inTheMiddle = () => level.set('debug', {});
    await app.inject('/things');
    expect(messages()).toContain('details');
    inTheMiddle = () => undefined;
    level.set('info', {});
    lines = [];
    await app.inject('/things');
    expect(messages()).toEqual(['HTTP request']);
  });
});
