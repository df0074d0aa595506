import { admin, startAdminStack } from '../../support/admin';
import type { Json, Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const TOKEN = 'a-device-token-that-nobody-may-see-0123456789';

describe('browsing dead letters', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack();
    for (let n = 0; n < 25; n += 1) {
      await stack.broker.publish({
        request_id: `r-${n}`,
        user_id: `nobody-${n % 5}`,
        template_code: 'Hi',
      });
    }
    await waitFor('25 dead letters', async () => (await stack.broker.depth('failed.queue')) === 25);
    await stack.broker.publish(
      { request_id: 'with-token', push_token: TOKEN, device_tokens: [TOKEN], data: { to: TOKEN } },
      { headers: { mine: 'kept', 'x-token': TOKEN } },
    );
    await waitFor('26 dead letters', async () => (await stack.broker.depth('failed.queue')) === 26);
    await stack.broker.publish(Buffer.from(`{"push_token":"${TOKEN}", broken`));
    await waitFor('27 dead letters', async () => (await stack.broker.depth('failed.queue')) === 27);
    const brokers = {
      'x-death': [
        {
          queue: 'push.queue',
          reason: 'delivery_limit',
          exchange: 'theirs',
          'routing-keys': ['k'],
        },
      ],
    };
    await stack.broker.publish(
      { request_id: 'of-the-broker', user_id: 'u' },
      { routingKey: 'failed', headers: brokers },
    );
    await stack.broker.publish(Buffer.from([0, 255, 1]), { routingKey: 'failed' });
    await waitFor('29 dead letters', async () => (await stack.broker.depth('failed.queue')) === 29);
  });
  afterAll(() => stack.close());

  const list = async (query = ''): Promise<Json> => {
    const { status, body } = await admin(stack, `/dead-letters${query}`);
    expect(status).toBe(200);
    return body;
  };
  const lettersOf = (body: Json): Json[] => body['data'].letters as Json[];

  it('lists them page by page, oldest first, and removes none', async () => {
    const seen: string[] = [];
    for (let page = 1; page <= 3; page += 1) {
      const body = await list(`?limit=10&page=${page}`);
      expect(body['meta']).toMatchObject({ total: 29, total_pages: 3, page });
      seen.push(...lettersOf(body).map((letter) => String(letter['id'])));
    }
    expect(new Set(seen).size).toBe(29);
    expect(seen.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    const again = await list('?limit=100');
    expect(lettersOf(again).map((letter): unknown => letter['id'])).toEqual(seen);
    expect(await stack.broker.depth('failed.queue')).toBe(29);
  });

  it('reads no further than the end of the page', async () => {
    expect((await list('?limit=5&page=2'))['data']).toMatchObject({ visited: 10, complete: true });
  });

  it('describes each one, whoever published it', async () => {
    const letters = lettersOf(await list('?limit=100'));
    const byId = (id: string) => letters.find((letter): unknown => letter['request_id'] === id);
    expect(byId('r-3')).toMatchObject({
      user_id: 'nobody-3',
      error_code: 'user_not_found',
      attempts: 0,
      replays: { count: 0, last_by: null, last_at: null },
    });
    expect(Date.parse(String(byId('r-3')?.['failed_at']))).toBeLessThanOrEqual(Date.now());
    expect(byId('of-the-broker')).toMatchObject({ error_code: 'delivery_limit', user_id: 'u' });
    expect(letters.at(-1)).toMatchObject({ error_code: 'unknown', size: 3, request_id: null });
  });

  it.each([
    ['error_code=invalid_message', 2],
    ['user_id=nobody-2', 5],
    ['request_id=r-7', 1],
    ['text=USER', 25],
    ['error_code=user_not_found&user_id=nobody-1&limit=2', 5],
    ['from=2020-01-01&to=2021-01-01', 0],
    ['from=2020-01-01T00:00:00%2B02:00&error_code=user_not_found', 25],
    ['user_id=somebody-else', 0],
  ])('filters by %s', async (query, total) => {
    const body = await list(`?${query}`);
    expect(body['meta']['total']).toBe(total);
    expect(body['data']).toMatchObject({ complete: true, visited: 29 });
  });

  it('shows one in full, with every device token masked', async () => {
    const [letter] = lettersOf(await list('?request_id=with-token'));
    const { status, body } = await admin(stack, `/dead-letters/${String(letter?.['id'])}`);
    expect(status).toBe(200);
    expect(body['data']).toMatchObject({
      request_id: 'with-token',
      original: {
        routing_key: 'push',
        exchange: `${stack.namespace}notifications.direct`,
        headers: { mine: 'kept', 'x-token': 'a-de...6789' },
        message: {
          push_token: 'a-de...6789',
          device_tokens: ['a-de...6789'],
          data: { to: 'a-de...6789' },
        },
      },
      replay_history: [],
    });
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it('masks the tokens of a message that is not JSON', async () => {
    const broken = lettersOf(await list('?text=not%20valid%20JSON'));
    expect(broken).toHaveLength(1);
    const { body } = await admin(stack, `/dead-letters/${String(broken[0]?.['id'])}`);
    expect(body['data'].original.text).toContain('broken');
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it('counts them by error code', async () => {
    const { body } = await admin(stack, '/dead-letters/summary');
    expect(body['data']).toMatchObject({
      total: 29,
      by_error_code: { user_not_found: 25, invalid_message: 2, delivery_limit: 1, unknown: 1 },
      replayed_before: 0,
      complete: true,
    });
    expect(Date.parse(body['data'].oldest)).toBeLessThanOrEqual(Date.parse(body['data'].newest));
  });

  it.each([
    'limit=0',
    'limit=101',
    'page=0',
    'from=yesterday',
    'colour=red',
    'error_code=',
    '__proto__=1',
  ])('answers 400 to ?%s', async (query) => {
    const { status, body } = await admin(stack, `/dead-letters?${query}`);
    expect([status, body['error']]).toEqual([400, 'validation_failed']);
  });

  it('answers 404 to an unknown id, and 400 to an invalid one', async () => {
    const missing = await admin(stack, `/dead-letters/${'0'.repeat(32)}`);
    expect([missing.status, missing.body['error']]).toEqual([404, 'letter_not_found']);
    expect((await admin(stack, '/dead-letters/..%2Fetc')).status).toBe(400);
  });

  it('serves concurrent requests one after the other', async () => {
    const answers = await Promise.all([1, 2, 3].map((page) => list(`?page=${page}&limit=10`)));
    expect(answers.flatMap(lettersOf)).toHaveLength(29);
  });
});
