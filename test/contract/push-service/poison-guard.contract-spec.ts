import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, RedisConfig } from '@push/config';
import { PushContext } from '@push/queue';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import type { Channel, ConsumeMessage } from 'amqplib';
import { DeliveryConfig } from '../../../apps/push-service/src/delivery/delivery.config';
import { PoisonGuard, Start } from '../../../apps/push-service/src/delivery/poison-guard';
import { freePort } from '../../support/ports';
import { REDIS_URL } from '../../support/servers';
import { deleteKeys, uniqueNamespace } from '../../support/stack';

describe('PoisonGuard', () => {
  const namespace = uniqueNamespace();
  const apps: TestingModule[] = [];
  let guard: PoisonGuard;
  let redis: RedisConnection;

  const start = async (url: string): Promise<TestingModule> => {
    const environment = { REDIS_URL: url, REDIS_NAMESPACE: namespace };
    const app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([RedisConfig, BreakerConfig, DeliveryConfig], environment),
        ResilienceModule,
        RedisConnectionModule,
      ],
      providers: [PoisonGuard],
    }).compile();
    apps.push(app);
    return app.init();
  };

  beforeAll(async () => {
    const app = await start(REDIS_URL);
    guard = app.get(PoisonGuard);
    redis = app.get(RedisConnection);
  });
  afterEach(() => deleteKeys(namespace));
  afterAll(() => Promise.all(apps.map((app) => app.close())));

  const delivery = (body: string, redelivered = true, messageId?: string): PushContext => {
    const properties = { messageId };
    const message = { content: Buffer.from(body), fields: { redelivered }, properties };
    return new PushContext(message as ConsumeMessage, null as unknown as Channel, () => undefined);
  };
  /** Starts and ends a message that does not reach its claim. @returns times it was started, this one included */
  const startAndEnd = async (body: string, messageId?: string): Promise<number | undefined> => {
    const start = await guard.start(delivery(body, true, messageId));
    start?.end();
    return start?.startedBefore;
  };
  const keys = (): Promise<string[]> => redis.run((client) => client.keys(`${namespace}*`));

  it('counts redelivered messages, each body by itself', async () => {
    expect([await startAndEnd('a'), await startAndEnd('a'), await startAndEnd('b')]).toEqual([
      1, 2, 1,
    ]);
  });

  it('counts two messages with the same body each by its AMQP id', async () => {
    const counts = [
      await startAndEnd('a', '1'),
      await startAndEnd('a', '1'),
      await startAndEnd('a', '2'),
    ];
    expect(counts).toEqual([1, 2, 1]);
  });

  it('starts counting again after a claim, which counts from then on', async () => {
    const start = await guard.start(delivery('a'));
    await start?.claimed();
    expect(await keys()).toEqual([]);
    start?.end();
    expect(await startAndEnd('a')).toBe(1);
  });

  it('goes on counting a message that could not be settled, though it had its claim', async () => {
    await startAndEnd('a');
    const start = await guard.start(delivery('a'));
    await start?.claimed();
    start?.end();
    await guard.remember(delivery('a'), start ?? new Start());
    expect(await startAndEnd('a')).toBe(3);
  });

  it('starts counting again after a message that was settled, parked or requeued', async () => {
    await startAndEnd('a');
    await startAndEnd('a');
    await guard.forget(delivery('a'));
    expect(await startAndEnd('a')).toBe(1);
  });

  it('asks Redis nothing for a message that is delivered for the first time', async () => {
    const first = delivery('a', false);
    expect((await guard.start(first))?.startedBefore).toBe(0);
    await guard.forget(first);
    expect(await keys()).toEqual([]);
  });

  it('starts a message only when the one before it has its claim and has made its first step', async () => {
    const steps: string[] = [];
    const first = await guard.start(delivery('killer'));
    const second = guard.start(delivery('neighbour')).then((start) => {
      steps.push('next');
      start?.end();
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    steps.push(`claimed beside ${(await keys()).length} counts`);
    await first?.claimed();
    steps.push('at work');
    await second;
    expect(steps).toEqual(['claimed beside 1 counts', 'at work', 'next']);
    first?.end();
  });

  it('leaves no count in Redis forever', async () => {
    await startAndEnd('a');
    const [key = ''] = await keys();
    const ms = await redis.run((client) => client.pttl(key));
    expect(ms).toBeGreaterThan(3_500_000);
    expect(ms).toBeLessThanOrEqual(3_600_000);
  });

  it('goes on where its key holds something else', async () => {
    await startAndEnd('a');
    const [key = ''] = await keys();
    await redis.run((client) => client.set(key, 'no number'));
    expect(await startAndEnd('a')).toBe(0);
  });

  it('cannot count while Redis is down', async () => {
    const app = await start(`redis://127.0.0.1:${await freePort()}`);
    const cut = app.get(PoisonGuard);
    expect(await cut.start(delivery('a'))).toBeUndefined();
    await cut.forget(delivery('a'));
  });
});
