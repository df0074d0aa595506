import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, RedisConfig } from '@push/config';
import { RedisConnection } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import { Timeline } from '../../../apps/push-service/src/timeline/timeline';
import { TimelineConfig } from '../../../apps/push-service/src/timeline/timeline.config';
import { TimelineModule } from '../../../apps/push-service/src/timeline/timeline.module';
import {
  FIRST_EVENTS,
  FIRST_WRITES,
  LAST_EVENTS,
  LAST_WRITES,
  type PendingEvents,
  TimelineEvents,
  TimelineStore,
} from '../../../apps/push-service/src/timeline/timeline.store';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { freePort } from '../../support/ports';
import { until } from '../../support/wait-for';

const REQUESTS = Array.from({ length: 250 }, (_, n) => `r${n}`);

function pending(requestId: string, count = 1, notificationId?: string): PendingEvents {
  const events = new TimelineEvents();
  for (let at = 1; at <= count; at += 1) events.add({ at, event: 'overtaken' });
  return { requestId, notificationId, events };
}

describe.each([
  ['one server', 1],
  ['a cluster', 2],
])('TimelineStore on %s', (_what, size) => {
  const nodes: OwnRedis[] = [];
  let app: TestingModule;
  let store: TimelineStore;

  beforeAll(async () => {
    if (size === 1) nodes.push(await startOwnRedis());
    else await startCluster(nodes);
    const environment = {
      REDIS_URL: nodes.map(({ url }) => url).join(),
      TIMELINE_TTL_SECONDS: '60',
    };
    const configs = ConfigModule.forRoot([RedisConfig, BreakerConfig, TimelineConfig], environment);
    app = await Test.createTestingModule({
      imports: [configs, ResilienceModule, TimelineModule],
    }).compile();
    await app.init();
    store = app.get(TimelineStore);
    await until(() => app.get(RedisConnection).connected);
  });
  afterAll(async () => {
    await app.close();
    await Promise.all(nodes.map((node) => node.kill()));
  });

  it('appends to the timeline of a request, which ends some time after its last event', async () => {
    await store.append([pending('a', 2)]);
    await store.append([pending('a', 1)]);
    expect((await store.read('a')).events.map(({ at }) => at)).toEqual([1, 2, 1]);
    const { client } = app.get(RedisConnection);
    const { key } = store as unknown as { key: (id: string) => string };
    const ttl = await client.pttl(key.call(store, 'a'));
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });

  it('keeps the first and the last of what was written, however much that is', async () => {
    const kept = FIRST_WRITES + LAST_WRITES;
    for (let n = 1; n <= 40; n += 1) {
      await store.append([pending('long', n)]);
      expect((await store.read('long')).full).toBe(n >= kept);
    }
    const { events } = await store.read('long');
    const begins = events.flatMap(({ at }, index) => (at === 1 ? [index] : []));
    const lengths = begins.map((begin, n) => (begins[n + 1] ?? events.length) - begin);
    const last = Array.from({ length: LAST_WRITES }, (_, n) => 41 - LAST_WRITES + n);
    expect(lengths).toEqual([1, 2, 3, 4, 5, ...last]);
  });

  it('says so where one write has left events out', async () => {
    await store.append([pending('wide', 500)]);
    const { events, full } = await store.read('wide');
    expect([events.length, full]).toEqual([FIRST_EVENTS + LAST_EVENTS, true]);
  });

  it('finds the request of a notification that is called otherwise', async () => {
    await store.append([pending('b', 1, 'n-b')]);
    expect(await store.requestOf('n-b')).toBe('b');
    expect(await store.requestOf('b')).toBeUndefined();
    expect(await store.read('n-b')).toEqual({ events: [], full: false });
  });

  it('writes the events of many requests, each to its own', async () => {
    const writer = app.get(Timeline);
    for (const id of REQUESTS) {
      writer.write({ requestId: id, notificationId: `n-${id}` }, pending(id, 3).events);
    }
    await writer.flush();
    for (const id of REQUESTS) {
      expect((await store.read(id)).events).toHaveLength(3);
      expect(await store.requestOf(`n-${id}`)).toBe(id);
    }
  });
});

/** Two nodes with half of the slots each. */
async function startCluster(nodes: OwnRedis[]): Promise<void> {
  for (const [from, to] of [
    [0, 8191],
    [8192, 16_383],
  ] as const) {
    const busPort = await freePort();
    const options = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
    const node = await startOwnRedis(undefined, options);
    nodes.push(node);
    await node.admin.cluster('ADDSLOTSRANGE', from, to);
    await nodes[0]?.admin.call('CLUSTER', 'MEET', '127.0.0.1', node.port, busPort);
  }
  for (const { admin } of nodes) {
    await until(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'));
  }
}
