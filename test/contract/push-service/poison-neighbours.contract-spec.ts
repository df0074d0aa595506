import { setTimeout as delay } from 'node:timers/promises';
import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, loadConfig, RedisConfig } from '@push/config';
import { FakeClaimStore } from '@push/idempotency';
import { Metrics } from '@push/observability';
import { PushContext } from '@push/queue';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import type { Channel, ConsumeMessage } from 'amqplib';
import { ClaimGuard } from '../../../apps/push-service/src/delivery/claim-guard';
import { DeliveryConfig } from '../../../apps/push-service/src/delivery/delivery.config';
import { PoisonGuard } from '../../../apps/push-service/src/delivery/poison-guard';
import { Telemetry } from '../../../apps/push-service/src/delivery/telemetry';
import { DeliveryMetrics } from '../../../apps/push-service/src/metrics/delivery.metrics';
import type { Timeline } from '../../../apps/push-service/src/timeline/timeline';
import { REDIS_URL } from '../../support/servers';
import { deleteKeys, uniqueNamespace } from '../../support/stack';

const LEASE_MS = 1000;
const GIVE_UP_AFTER = 6;
const NEIGHBOURS = ['n1', 'n2', 'n3', 'n4'];
const config = loadConfig([DeliveryConfig], {
  GIVE_UP_AFTER_DELIVERIES: String(GIVE_UP_AFTER),
}).get(DeliveryConfig) as DeliveryConfig;

/** After each restart the same messages are delivered in the same order, their leases expired. */
describe('a message that is in flight together with one that ends its worker each time', () => {
  const namespace = uniqueNamespace();
  let app: TestingModule;
  let now: number;
  let claims: FakeClaimStore;

  beforeAll(async () => {
    const environment = { REDIS_URL, REDIS_NAMESPACE: namespace };
    app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([RedisConfig, BreakerConfig], environment),
        ResilienceModule,
        RedisConnectionModule,
      ],
    }).compile();
    await app.init();
  });
  beforeEach(() => {
    now = 0;
    claims = new FakeClaimStore({ leaseMs: LEASE_MS, now: () => now });
  });
  afterEach(() => deleteKeys(namespace));
  afterAll(() => app.close());

  const delivery = (id: string, redelivered: boolean): PushContext => {
    const message = { content: Buffer.from(id), fields: { redelivered }, properties: {} };
    return new PushContext(message as ConsumeMessage, null as unknown as Channel, () => undefined);
  };

  /** One life of a worker, up to its death. @returns the messages it gave up */
  const live = async (life: number, killers: readonly string[], killAfterMs: number) => {
    const worker = claims.anotherWorker();
    const poison = new PoisonGuard(app.get(RedisConnection), config);
    const guard = new ClaimGuard(worker, poison);
    const telemetry = new Telemetry(
      new DeliveryMetrics(new Metrics()),
      null as unknown as Timeline,
    );
    const givenUp: string[] = [];
    let isDead = false;
    let die = (): void => undefined;
    const death = new Promise<void>((resolve) => (die = resolve));
    const never = new Promise<never>(() => undefined);

    const process = async (id: string, context: PushContext): Promise<void> => {
      const start = await poison.start(context);
      if (start === undefined) return;
      const { claimed } = start;
      // A dead process gets no answer.
      start.claimed = () => (isDead ? never : claimed.call(start));
      const answer = await guard.claim(id, start, telemetry.begin(context));
      if (isDead) return;
      if (answer.state !== 'claimed') {
        start.end();
      } else if (poison.isGivenUp(start, answer.claim)) {
        givenUp.push(id);
        await answer.claim.finish('gave_up');
        start.end();
      } else if (killers.includes(id)) {
        if (killAfterMs > 0) await delay(killAfterMs);
        isDead = true;
        worker.crash();
        die();
      }
    };
    for (const id of [...killers, ...NEIGHBOURS]) {
      const context = delivery(id, life > 1);
      void process(id, context);
    }
    await Promise.race([death, delay(200)]);
    worker.crash();
    isDead = true;
    await delay(5);
    now += LEASE_MS;
    return givenUp;
  };

  it.each([
    ['at once', ['killer'], 0],
    ['while it is sent', ['killer'], 20],
    ['at once, as another does too', ['killer', 'another'], 0],
  ])('is not given up with it where it kills %s', async (_how, killers, killAfterMs) => {
    const givenUp: string[] = [];
    for (let life = 1; givenUp.length < killers.length && life < 40; life += 1) {
      givenUp.push(...(await live(life, killers, killAfterMs)));
    }
    expect(givenUp).toEqual(expect.arrayContaining(killers));
    expect(givenUp).toHaveLength(killers.length);
    for (const id of NEIGHBOURS) {
      const answer = await claims.anotherWorker().claim(id);
      expect('claim' in answer && answer.claim.takeOvers).toBeLessThan(GIVE_UP_AFTER - 1);
    }
  });
});
