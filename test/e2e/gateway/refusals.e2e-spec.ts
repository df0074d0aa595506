import { GatewayHarness } from './gateway.harness';

const gateway = new GatewayHarness();

beforeAll(async () => {
  await gateway.start();
  await gateway.untilReady();
});
afterAll(async () => gateway.stop());

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('what is refused', () => {
  afterAll(async () => {
    expect(await gateway.published()).toEqual([]);
  });

  it.each([
    ['another kind of notification', { notification_type: 'email' }, 'notification_type should be'],
    ['a request for nobody', { user_id: undefined }, 'user_id is missing'],
    ['a request without text', { template_code: undefined }, 'template_code is missing'],
    ['a user_id of another type', { user_id: { id: 1 } }, 'user_id should be text'],
    ['a request_id too long', { request_id: 'x'.repeat(257) }, 'request_id should be at most'],
    ['a request_id with a line break', { request_id: 'a\nb' }, 'request_id should have no control'],
    ['an empty notification_id', { notification_id: '' }, 'notification_id should not be empty'],
    ['a priority beyond ten', { priority: 11 }, 'priority should be 10 or less'],
    ['values nested without end', { variables: { a: JSON.parse(deep(200)) } }, 'levels deep'],
    ['variables that are a list', { variables: [] }, 'variables should be an object'],
  ])('%s', async (_what, changes, sentence) => {
    const { status, body } = await gateway.post(gateway.notification(changes));
    expect([status, body.error]).toEqual([400, 'invalid_notification']);
    expect(body).toMatchObject({ success: false, data: null, meta: null });
    expect(body.message).toContain(sentence);
  });

  it('says a sentence for each problem', async () => {
    const { body } = await gateway.post(gateway.notification({ priority: -1, title: 7 }));
    expect(body.message.split('; ').sort()).toEqual([
      'priority should be 0 or more',
      'title should be text',
    ]);
  });

  it.each([
    ['malformed JSON', '{"user_id":', 400],
    ['no body', '', 400],
    ['null', 'null', 400],
    ['a list', '[]', 400],
    ['a text', '"push"', 400],
    ['a prototype key', '{"__proto__":{"user_id":"a"},"template_code":"x"}', 400],
    ['a constructor key', '{"constructor":{"prototype":{"user_id":"a"}}}', 400],
    ['a list as deep as the body has room for', `{"data":{"a":${deep(30_000)}}}`, 400],
    ['a body beyond 64 KiB', JSON.stringify({ template_code: 'x'.repeat(70_000) }), 413],
  ])('%s', async (_what, body, status) => {
    const answer = await gateway.post(body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ success: false, data: null, meta: null });
  });

  it('a form', async () => {
    const answer = await gateway.post('user_id=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([answer.status, answer.body.error]).toEqual([415, 'unsupported_media_type']);
  });

  it('unknown routes and notifications', async () => {
    expect((await gateway.get('/api/v1/nothing')).body.error).toBe('not_found');
    const missing = await gateway.find('nobody-knows');
    expect([missing.status, missing.body.error]).toEqual([404, 'notification_not_found']);
  });
});

describe('what is odd but sound', () => {
  it('follows a request without a sound correlation id by one of its own', async () => {
    const answer = await gateway.post(gateway.notification(), {
      'x-correlation-id': 'ä'.repeat(9),
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('x-correlation-id')).toMatch(/^[\da-f-]{36}$/);
    expect(answer.body.data.correlation_id).toBe(answer.headers.get('x-correlation-id'));
    await gateway.published();
  });

  it('sends no CORS headers', async () => {
    const answer = await gateway.get('/api/v1/health/live', {
      origin: 'https://elsewhere.example',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});
