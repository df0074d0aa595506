import { parseRecipient } from '@push/contracts';
import { UserServiceHarness } from './user-service.harness';

const service = new UserServiceHarness();
beforeAll(async () => service.start());
afterAll(async () => service.stop());

const request: UserServiceHarness['request'] = (...args) => service.request(...args);

describe('the demo users', () => {
  it('has John with an Android device', async () => {
    const { status, body } = await request('GET', '/api/v1/users/test-user-123');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      error: null,
      meta: null,
      data: {
        user_id: 'test-user-123',
        name: 'John',
        preferences: { push: true, email: true },
        push_token: 'demo-device-john-android',
        devices: [{ token: 'demo-device-john-android', platform: 'android', locale: 'en' }],
      },
    });
  });

  it('has Ada with a web and an iOS device, as the push service reads her', async () => {
    const id = '9a1c5b1e-0c7e-4ad7-9a0c-2a8f0f3f7d11';
    const { body } = await request('GET', `/api/v1/users/${id}/`);
    const recipient = parseRecipient(id, body)!;
    expect(recipient.wantsPush).toBe(true);
    expect(recipient.devices.map(({ token }) => token).sort()).toEqual([
      'ios-demo-device-ada',
      'web-demo-device-ada',
    ]);
  });
});

describe('users', () => {
  it('creates a user, replaces them, and keeps their devices when none are given', async () => {
    const created = await request('PUT', '/api/v1/users/grace', {
      name: 'Grace',
      email: 'grace@example.com',
      devices: [{ token: 'grace-phone', platform: 'IOS', locale: 'pt-BR' }],
    });
    expect([created.status, created.body.data.devices[0].platform]).toEqual([201, 'ios']);
    const replaced = await request('PUT', '/api/v1/users/grace', { preferences: { push: false } });
    expect(replaced.status).toBe(200);
    expect(replaced.body.data).toMatchObject({
      name: null,
      email: null,
      preferences: { push: false, email: true },
      push_token: 'grace-phone',
    });
  });

  it('takes an id with a slash, a quote and a percent sign in it', async () => {
    const id = `a/b'; DROP TABLE users; --%`;
    const path = `/api/v1/users/${encodeURIComponent(id)}`;
    expect((await request('PUT', path, {})).status).toBe(201);
    expect((await request('GET', path)).body.data.user_id).toBe(id);
  });

  it('answers 404 for a user nobody knows', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/devices', undefined],
      ['POST', '/devices', { token: 'a' }],
      ['PUT', '/devices', { devices: [] }],
      ['PATCH', '/preferences', { push: true }],
    ] as const) {
      const answer = await request(method, `/api/v1/users/nobody${path}`, body);
      expect(answer).toMatchObject({
        status: 404,
        body: { success: false, data: null, error: 'user_not_found' },
      });
    }
  });

  it('changes only the preferences that are given', async () => {
    await request('PUT', '/api/v1/users/picky', { preferences: { push: true, email: true } });
    const { body } = await request('PATCH', '/api/v1/users/picky/preferences', { push: false });
    expect(body.data).toEqual({ push: false, email: true });
    const user = await request('GET', '/api/v1/users/picky');
    expect(user.body.data.preferences).toEqual({ push: false, email: true });
  });

  it('lists users by page', async () => {
    for (const id of ['page-1', 'page-2', 'page-3'])
      await request('PUT', `/api/v1/users/${id}`, {});
    const first = await request('GET', '/api/v1/users?page=1&limit=2');
    const { total } = first.body.meta!;
    expect(first.body.data).toHaveLength(2);
    expect(first.body.meta).toEqual({
      total,
      limit: 2,
      page: 1,
      total_pages: Math.ceil(total / 2),
      has_next: true,
      has_previous: false,
    });
    const seen = new Set<string>();
    for (let page = 1; page <= Math.ceil(total / 2); page += 1) {
      const { body } = await request('GET', `/api/v1/users/?page=${page}&limit=2`);
      for (const user of body.data as { user_id: string }[]) seen.add(user.user_id);
    }
    expect(seen.size).toBe(total);
  });
});

describe('what is refused', () => {
  it.each([
    ['a name that is no text', { name: 7 }, 'name should be text'],
    ['an address that is none', { email: 'nobody' }, 'email should be an address'],
    ['a platform nobody has', { devices: [{ token: 'a', platform: 'fax' }] }, 'platform should be'],
    ['a locale that is none', { devices: [{ token: 'a', locale: '!' }] }, 'locale should be'],
    ['an empty token', { devices: [{ token: ' ' }] }, 'token should not be empty'],
    ['devices that are no list', { devices: {} }, 'devices should be a list'],
    ['a list', [], 'a user should be a JSON object'],
    ['nothing', 'null', 'a user should be a JSON object'],
  ])('%s', async (_what, input, sentence) => {
    const { status, body } = await request('PUT', '/api/v1/users/refused', input);
    expect([status, body.error]).toEqual([400, 'validation_failed']);
    expect(body.message).toContain(sentence);
    expect((await request('GET', '/api/v1/users/refused')).status).toBe(404);
  });

  it('says one sentence for each problem', async () => {
    const { body } = await request('PUT', '/api/v1/users/refused', { name: 1, email: 2 });
    expect(body.message.split('; ')).toHaveLength(2);
  });

  it.each([
    ['a page that is none', 'GET', '/api/v1/users?page=x', undefined, 400],
    ['a limit beyond 100', 'GET', '/api/v1/users?limit=101', undefined, 400],
    ['an id too long', 'GET', `/api/v1/users/${'x'.repeat(257)}`, undefined, 400],
    ['an id with a control character', 'GET', '/api/v1/users/a%00b', undefined, 400],
    ['preferences without any', 'PATCH', '/api/v1/users/test-user-123/preferences', {}, 400],
    ['malformed JSON', 'PUT', '/api/v1/users/a', '{', 400],
    ['a prototype key', 'PUT', '/api/v1/users/a', '{"__proto__":{"name":"a"}}', 400],
    ['a body too large', 'PUT', '/api/v1/users/a', { name: 'x'.repeat(70_000) }, 413],
    ['a route nobody serves', 'GET', '/api/v2/users', undefined, 404],
    ['a method nobody serves', 'POST', '/api/v1/users/a', {}, 404],
  ])('%s', async (_what, method, path, input, status) => {
    const answer = await request(method, path, input);
    expect(answer).toMatchObject({ status, body: { success: false, data: null, meta: null } });
  });

  it('a body that is not JSON', async () => {
    const answer = await request('PUT', '/api/v1/users/a', 'name=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer).toMatchObject({ status: 415, body: { error: 'unsupported_media_type' } });
  });
});

describe('health', () => {
  it.each(['', '/live', '/ready'])('answers /api/v1/health%s', async (path) => {
    const { status, body } = await request('GET', `/api/v1/health${path}`);
    expect([status, body]).toMatchObject([200, { status: 'ok' }]);
  });
});
