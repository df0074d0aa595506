import { GatewayHarness } from './gateway.harness';

const gateway = new GatewayHarness();
const path = (query: string): string => `/api/v1/notifications/?${query}`;

beforeAll(async () => {
  await gateway.start();
  await gateway.untilReady();
});
afterAll(async () => gateway.stop());

describe("the listing of a user's notifications", () => {
  const ids: string[] = [];

  beforeAll(async () => {
    for (let count = 0; count < 5; count += 1) {
      const before = Date.now();
      const answer = await gateway.post(gateway.notification({ user_id: 'reader' }));
      ids.unshift(answer.body.data.notification_id as string);
      while (Date.now() === before) await new Promise(setImmediate);
    }
  });

  const idsOf = (data: { notification_id: string }[]): string[] =>
    data.map(({ notification_id }) => notification_id);

  it('is newest first, with its place in the whole', async () => {
    const { status, body } = await gateway.get(path('user_id=reader&page=1&limit=2'));
    expect([status, idsOf(body.data)]).toEqual([200, ids.slice(0, 2)]);
    expect(body.meta).toEqual({
      total: 5,
      limit: 2,
      page: 1,
      total_pages: 3,
      has_next: true,
      has_previous: false,
    });
  });

  it('ends with the last page', async () => {
    const { body } = await gateway.get(path('user_id=reader&page=3&limit=2'));
    expect(idsOf(body.data)).toEqual(ids.slice(4));
    expect(body.meta).toMatchObject({ has_next: false, has_previous: true });
    const beyond = await gateway.get(path('user_id=reader&page=9&limit=2'));
    expect([beyond.status, beyond.body.data]).toEqual([200, []]);
  });

  it('shows twenty unless asked otherwise, without devices and history', async () => {
    const { body } = await gateway.get(path('user_id=reader'));
    expect(body.meta).toMatchObject({ limit: 20, page: 1 });
    expect(Object.keys(body.data[0])).not.toEqual(expect.arrayContaining(['devices', 'history']));
  });

  it('is empty for somebody who was sent nothing', async () => {
    const { body } = await gateway.get(path('user_id=nobody'));
    expect([body.data, body.meta?.total, body.meta?.total_pages]).toEqual([[], 0, 0]);
  });

  it('shows a repeated request once', async () => {
    const request = gateway.notification({ user_id: 'insistent' });
    for (let count = 0; count < 3; count += 1) await gateway.post(request);
    const { body } = await gateway.get(path('user_id=insistent'));
    expect(body.meta?.total).toBe(1);
  });

  it.each(['', 'user_id=', 'user_id=a&page=0', 'user_id=a&page=x', 'user_id=a&limit=101'])(
    'is refused for ?%s',
    async (query) => {
      const { status, body } = await gateway.get(path(query));
      expect([status, body.error]).toEqual([400, 'validation_failed']);
    },
  );

  it('keeps the thousand newest', async () => {
    const key = `${gateway.namespace}gateway:user:prolific`;
    const now = Date.now();
    const entries = Array.from({ length: 1500 }, (_, index) => [
      now - 1500 + index,
      `old-${index}`,
    ]);
    await gateway.redis.zadd(key, ...entries.flat());
    await gateway.post(gateway.notification({ user_id: 'prolific' }));
    expect(await gateway.redis.zcard(key)).toBe(1000);
    expect(await gateway.redis.ttl(key)).toBeGreaterThan(0);
  });
});
