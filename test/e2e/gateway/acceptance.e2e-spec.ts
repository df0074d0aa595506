import { bodyOf, GatewayHarness } from './gateway.harness';

const gateway = new GatewayHarness();

beforeAll(async () => {
  await gateway.start();
  await gateway.start();
  await gateway.untilReady(0);
  await gateway.untilReady(1);
});
afterAll(async () => gateway.stop());
afterEach(async () => {
  await gateway.published();
});

describe('a notification that is accepted', () => {
  it('is on push.queue, whole, with the ids it is followed by', async () => {
    const request = gateway.notification({ priority: 3, of_another_team: { kept: true } });
    const { status, body, headers } = await gateway.post(request, { 'x-correlation-id': 'corr-9' });
    expect(status).toBe(202);
    expect(headers.get('x-correlation-id')).toBe('corr-9');
    expect(body).toEqual({
      success: true,
      data: {
        notification_id: expect.stringMatching(/^[\da-f-]{36}$/),
        request_id: request.request_id,
        correlation_id: 'corr-9',
        status: 'pending',
      },
      error: null,
      message: 'Notification accepted',
      meta: null,
    });
    const messages = await gateway.published();
    expect(messages).toHaveLength(1);
    const { properties } = messages[0]!;
    expect(bodyOf(messages[0]!)).toEqual({
      ...request,
      notification_id: body.data.notification_id,
      correlation_id: 'corr-9',
    });
    expect(properties).toMatchObject({
      contentType: 'application/json',
      correlationId: 'corr-9',
      messageId: request.request_id,
      priority: 3,
      deliveryMode: 2,
    });
    expect(properties.headers).toMatchObject({ 'x-correlation-id': 'corr-9' });
  });

  it('can be looked at by its own id and by that of its request', async () => {
    const request = gateway.notification();
    const { data } = (await gateway.post(request)).body;
    for (const id of [data.notification_id, request.request_id]) {
      const found = await gateway.find(id);
      expect(found.status).toBe(200);
      expect(found.body.data).toEqual({
        notification_id: data.notification_id,
        request_id: request.request_id,
        user_id: 'test-user-123',
        correlation_id: data.correlation_id,
        status: 'pending',
        created_at: expect.any(String),
        updated_at: expect.any(String),
        error: null,
        reason: null,
        devices: [],
        history: [{ status: 'pending', timestamp: expect.any(String), error: null, reason: null }],
      });
    }
  });

  it('gets the ids that it lacks', async () => {
    const { request_id: _, ...request } = gateway.notification();
    const { data } = (await gateway.post(request)).body;
    expect(data.request_id).toMatch(/^[\da-f-]{36}$/);
    expect(bodyOf((await gateway.published())[0]!)).toMatchObject({
      request_id: data.request_id,
      notification_id: data.notification_id,
      correlation_id: data.correlation_id,
    });
  });

  it('keeps the ids that it has, as text', async () => {
    const request = gateway.notification({
      notification_id: 'mine-1',
      correlation_id: 'corr-mine',
    });
    const numbered = gateway.notification({ request_id: 4711 });
    expect((await gateway.post(request)).body.data).toMatchObject({
      notification_id: 'mine-1',
      correlation_id: 'corr-mine',
    });
    expect((await gateway.post(numbered)).body.data.request_id).toBe('4711');
    expect((await gateway.find(4711)).status).toBe(200);
  });

  it('is kept for seven days', async () => {
    const { data } = (await gateway.post(gateway.notification())).body;
    const key = `${gateway.namespace}gateway:notification:${data.notification_id}`;
    const ttl = await gateway.redis.ttl(key);
    expect(ttl).toBeGreaterThan(7 * 86_400 - 60);
    expect(ttl).toBeLessThanOrEqual(7 * 86_400);
  });
});

describe('a request that is sent again', () => {
  it('is published once when ten arrive at the same time at two gateways', async () => {
    const request = gateway.notification();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => gateway.post(request, {}, index % 2)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(new Set(answers.map(({ body }) => String(body.data.notification_id))).size).toBe(1);
    expect(answers.filter(({ body }) => body.message === 'Notification accepted')).toHaveLength(1);
    const messages = await gateway.published();
    expect(messages.map((message) => bodyOf(message)['request_id'])).toEqual([request.request_id]);
  });

  it('answers what has become of it by then', async () => {
    const request = gateway.notification();
    const { notification_id } = (await gateway.post(request)).body.data;
    await gateway.report({
      notification_id,
      status: 'delivered',
      timestamp: new Date().toISOString(),
      error: null,
    });
    const again = await gateway.post(request);
    expect(again.status).toBe(202);
    expect(again.body.data).toMatchObject({ notification_id, status: 'delivered' });
    expect(await gateway.published()).toHaveLength(1);
  });

  it('is refused when its notification_id belongs to another request', async () => {
    const first = gateway.notification({ notification_id: 'taken-1' });
    expect((await gateway.post(first)).status).toBe(202);
    const second = await gateway.post(gateway.notification({ notification_id: 'taken-1' }));
    expect([second.status, second.body.error]).toEqual([409, 'notification_id_taken']);
    expect((await gateway.post(first)).status).toBe(202);
    expect(await gateway.published()).toHaveLength(1);
  });

  it('gets a notification_id that many requests choose at the same time to one of them alone', async () => {
    const requests = Array.from({ length: 10 }, () =>
      gateway.notification({ notification_id: 'contested-1' }),
    );
    const answers = await Promise.all(
      requests.map((request, index) => gateway.post(request, {}, index % 2)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)]);
    const winner = requests[answers.findIndex(({ status }) => status === 202)]!;
    const messages = await gateway.published();
    expect(messages.map((message) => bodyOf(message)['request_id'])).toEqual([winner.request_id]);
    expect((await gateway.find('contested-1')).body.data.request_id).toBe(winner.request_id);
  });

  it('is accepted with another notification_id after the first was refused', async () => {
    await gateway.post(gateway.notification({ notification_id: 'taken-2' }));
    const request = gateway.notification({ notification_id: 'taken-2' });
    expect((await gateway.post(request)).status).toBe(409);
    const again = await gateway.post({ ...request, notification_id: 'free-2' });
    expect([again.status, again.body.data.notification_id]).toEqual([202, 'free-2']);
  });
});
