import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, RedisConfig } from '@push/config';
import { PushContext } from '@push/queue';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import type { Channel, ConsumeMessage } from 'amqplib';
import { Beginnings } from '../../../apps/push-service/src/delivery/turns';
import { Redeliveries } from '../../../apps/push-service/src/consumer/redeliveries';
import { freePort } from '../../support/ports';
import { REDIS_URL } from '../../support/servers';
import { deleteKeys, uniqueNamespace } from '../../support/stack';

describe('Redeliveries', () => {
  const namespace = uniqueNamespace();
  const apps: TestingModule[] = [];
  let redeliveries: Redeliveries;
  let redis: RedisConnection;

  const start = async (url: string): Promise<TestingModule> => {
    const environment = { REDIS_URL: url, REDIS_NAMESPACE: namespace };
    const app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([RedisConfig, BreakerConfig], environment),
        ResilienceModule,
        RedisConnectionModule,
      ],
      providers: [Redeliveries, Beginnings],
    }).compile();
    apps.push(app);
    return app.init();
  };

  beforeAll(async () => {
    const app = await start(REDIS_URL);
    redeliveries = app.get(Redeliveries);
    redis = app.get(RedisConnection);
  });
  afterEach(() => deleteKeys(namespace));
  afterAll(() => Promise.all(apps.map((app) => app.close())));

  const delivery = (body: string, redelivered = true, messageId?: string): PushContext => {
    const properties = { messageId };
    const message = { content: Buffer.from(body), fields: { redelivered }, properties };
    return new PushContext(message as ConsumeMessage, null as unknown as Channel, () => undefined);
  };
  const begin = (body: string, messageId?: string): Promise<number | undefined> =>
    redeliveries.begin(delivery(body, true, messageId), ({ before }) => Promise.resolve(before));
  const keys = (): Promise<string[]> => redis.run((client) => client.keys(`${namespace}*`));

  it('counts what is delivered again, each body by itself', async () => {
    expect([await begin('a'), await begin('a'), await begin('b')]).toEqual([1, 2, 1]);
  });

  it('counts two messages with the same body each by its AMQP id', async () => {
    expect([await begin('a', '1'), await begin('a', '1'), await begin('a', '2')]).toEqual([
      1, 2, 1,
    ]);
  });

  it('begins anew with a message that had its claim, which counts from then on', async () => {
    await redeliveries.begin(delivery('a'), async ({ claimed }) => {
      await claimed?.();
      expect(await keys()).toEqual([]);
    });
    expect(await begin('a')).toBe(1);
  });

  it('goes on counting one that could not be settled for good, though it had its claim', async () => {
    await begin('a');
    const before = await redeliveries.begin(delivery('a'), async (begun) => {
      await begun.claimed?.();
      return begun.before;
    });
    await redeliveries.remember(delivery('a'), before ?? 0);
    expect(await begin('a')).toBe(3);
  });

  it('begins anew with a message that got through, parked or given back', async () => {
    await begin('a');
    await begin('a');
    await redeliveries.forget(delivery('a'));
    expect(await begin('a')).toBe(1);
  });

  it('asks Redis nothing for what is delivered for the first time', async () => {
    const first = delivery('a', false);
    expect(await redeliveries.begin(first, ({ before }) => Promise.resolve(before))).toBe(0);
    await redeliveries.forget(first);
    expect(await keys()).toEqual([]);
  });

  it('counts a message only when the one before it has its claim and has begun to work', async () => {
    const steps: string[] = [];
    let finish = (): void => undefined;
    const first = redeliveries.begin(delivery('killer'), async ({ claimed }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      steps.push(`claimed beside ${(await keys()).length} counts`);
      await claimed?.();
      steps.push('at work');
      await new Promise<void>((resolve) => (finish = resolve));
    });
    const second = redeliveries.begin(delivery('neighbour'), () => {
      steps.push('next');
      return Promise.resolve();
    });
    await second;
    expect(steps).toEqual(['claimed beside 1 counts', 'at work', 'next']);
    finish();
    await first;
  });

  it('leaves no count in Redis for ever', async () => {
    await begin('a');
    const [key = ''] = await keys();
    const ms = await redis.run((client) => client.pttl(key));
    expect(ms).toBeGreaterThan(3_500_000);
    expect(ms).toBeLessThanOrEqual(3_600_000);
  });

  it('goes on where its key holds something else', async () => {
    await begin('a');
    const [key = ''] = await keys();
    await redis.run((client) => client.set(key, 'no number'));
    expect(await begin('a')).toBe(0);
  });

  it('cannot tell while Redis is away', async () => {
    const app = await start(`redis://127.0.0.1:${await freePort()}`);
    const cut = app.get(Redeliveries);
    expect(await cut.begin(delivery('a'), () => Promise.resolve('begun'))).toBeUndefined();
    await cut.forget(delivery('a'));
  });
});
