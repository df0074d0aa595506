import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, RedisConfig } from '@push/config';
import { PushContext } from '@push/queue';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import type { Channel, ConsumeMessage } from 'amqplib';
import { Redeliveries } from '../../../apps/push-service/src/intake/redeliveries';
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
      providers: [Redeliveries],
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

  const delivery = (body: string, redelivered = true): PushContext => {
    const message = { content: Buffer.from(body), fields: { redelivered }, properties: {} };
    return new PushContext(message as ConsumeMessage, null as unknown as Channel, () => undefined);
  };
  const begin = (body: string): Promise<number | undefined> =>
    redeliveries.begin(delivery(body), (before) => before);
  const keys = (): Promise<string[]> => redis.run((client) => client.keys(`${namespace}*`));

  it('counts what is delivered again, each body by itself', async () => {
    expect([await begin('a'), await begin('a'), await begin('b')]).toEqual([1, 2, 1]);
  });

  it('begins anew with a message that got through, parked or given back', async () => {
    await begin('a');
    await begin('a');
    await redeliveries.forget(delivery('a'));
    expect(await begin('a')).toBe(1);
  });

  it('asks Redis nothing for what is delivered for the first time', async () => {
    const first = delivery('a', false);
    expect(await redeliveries.begin(first, (before) => before)).toBe(0);
    await redeliveries.forget(first);
    expect(await keys()).toEqual([]);
  });

  it('counts a message only when the one before it has begun, as that may be the last thing done', async () => {
    const counted = jest.spyOn(redis.client, 'eval');
    const countedByThen = await Promise.all(
      ['killer', 'neighbour'].map((body) =>
        redeliveries.begin(delivery(body), () => counted.mock.calls.length),
      ),
    );
    expect(countedByThen).toEqual([1, 2]);
    counted.mockRestore();
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
    expect(await cut.begin(delivery('a'), (before) => before)).toBeUndefined();
    await cut.forget(delivery('a'));
  });
});
