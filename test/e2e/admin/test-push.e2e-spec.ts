import { admin, startAdminStack, type AdminAnswer } from '../../support/admin';
import { deleteKeys, QUICK, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const TOKEN = 'android-token-that-nobody-may-read';

describe('a test push', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack({ env: { ...QUICK, BREAKER_OPEN_MS: '60000' } });
  });
  afterAll(() => stack.close());
  beforeEach(() => stack.emulator.reset());

  const send = (body: unknown): Promise<AdminAnswer> =>
    admin(stack, '/test-push', { method: 'POST', body });

  it('is only validated by FCM by default, and shows nothing', async () => {
    const { status, body } = await send({ token: TOKEN });
    expect(status).toBe(200);
    expect(body['data']).toMatchObject({
      validate_only: true,
      devices: [{ device: 'andr...read', accepted: true, code: null }],
      left_out: 0,
    });
    expect(stack.emulator.requests()).toMatchObject([{ validate_only: true }]);
    expect(stack.emulator.devices()).toEqual([]);
  });

  it('is shown with validate_only: false', async () => {
    const { body } = await send({
      token: TOKEN,
      platform: 'android',
      title: 'Hello',
      body: 'World',
      data: { screen: 'home' },
      validate_only: false,
    });
    expect(body['data'].devices).toMatchObject([
      {
        accepted: true,
        platform: 'android',
        message_id: expect.stringMatching(/^projects\//) as string,
      },
    ]);
    expect(stack.emulator.device(TOKEN).screen).toMatchObject([{ title: 'Hello', body: 'World' }]);
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it('goes to all devices of a user, at most 50, and reports the result of each', async () => {
    const devices = Array.from({ length: 60 }, (_, n) => ({ token: `android-of-many-${n}` }));
    const match = { token: 'android-of-many-1' };
    stack.emulator.setFaults({ match, then: { error_code: 'UNREGISTERED' } });
    await stack.putUser('many', { devices: devices });
    const { body } = await send({ user_id: 'many', validate_only: false });
    const { devices: answers, left_out } = body['data'] as {
      devices: { accepted: boolean; code: string | null; error: string | null }[];
      left_out: number;
    };
    expect([answers.length, left_out]).toEqual([50, 10]);
    expect(answers.filter(({ accepted }) => accepted)).toHaveLength(49);
    const [refused] = answers.filter(({ accepted }) => !accepted);
    expect(refused).toMatchObject({ code: 'UNREGISTERED', error: expect.any(String) as string });
  });

  it('creates no claim, no metric of a notification, no report of an invalid token, and no retry', async () => {
    await deleteKeys(stack.namespace);
    const figures = () =>
      fetch(`${stack.pushUrls[0] ?? ''}/api/v1/metrics`).then((it) => it.json());
    const before = (await figures()) as { notifications: unknown };
    stack.emulator.setFaults({ then: { status: 503 } });
    const { body } = await send({ token: TOKEN, validate_only: false });
    expect(body['data'].devices).toMatchObject([{ accepted: false, code: 'UNAVAILABLE' }]);
    expect(stack.emulator.requests()).toHaveLength(1);
    stack.emulator.setFaults();
    await stack.putUser('dead', { devices: [{ token: 'unregistered-dead' }] });
    await send({ user_id: 'dead', validate_only: false });
    const text = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/metrics`, {
      headers: { accept: 'text/plain' },
    }).then((it) => it.text());
    expect(text).toContain('push_token_reports_waiting 0');
    expect((await figures()) as object).toMatchObject({ notifications: before.notifications });
  });

  it('is not shown to a user who has opted out', async () => {
    await stack.putUser('silent', {
      devices: [{ token: 'android-silent' }],
      preferences: { push: false },
    });
    const { status, body } = await send({ user_id: 'silent', validate_only: false });
    expect([status, body['error']]).toEqual([409, 'opted_out']);
    expect((await send({ user_id: 'silent' })).status).toBe(200);
    expect(stack.emulator.devices()).toEqual([]);
  });

  it('answers 404 for a missing user or device', async () => {
    await stack.putUser('bare', { devices: [] });
    for (const [user_id, error] of [
      ['nobody', 'user_not_found'],
      ['bare', 'no_device'],
    ]) {
      const answer = await send({ user_id });
      expect([answer.status, answer.body['error']]).toEqual([404, error]);
    }
  });

  it.each([
    ['nothing', {}],
    ['no body', undefined],
    ['a user and a token', { user_id: 'u', token: 't' }],
    ['a platform for a user', { user_id: 'u', platform: 'ios' }],
    ['an unknown platform', { token: 't', platform: 'watch' }],
    ['an unknown field', { token: 't', priority: 'high' }],
    ['data that is no text', { token: 't', data: { n: 1 } }],
    [
      'too much data',
      { token: 't', data: Object.fromEntries([...Array(51).keys()].map((n) => [n, ''])) },
    ],
    ['a title that is too long', { token: 't', title: 'x'.repeat(201) }],
    ['a list', []],
  ])('refuses %s with a reason, and sends nothing', async (_what, request) => {
    const { status, body } = await send(request);
    expect([status, body['error']]).toEqual([400, 'validation_failed']);
    expect(body['message']).toMatch(/\w+ \w+/);
    expect(stack.emulator.requests()).toEqual([]);
  });

  it('is refused with the name of the breaker while one is open', async () => {
    stack.emulator.setFaults({ then: { status: 503 } });
    for (let n = 0; n < 5; n += 1) await send({ token: TOKEN });
    const { status, body } = await waitFor('the breaker to open', async () => {
      const answer = await send({ token: TOKEN });
      return answer.status === 503 ? answer : undefined;
    });
    expect([status, body['error']]).toEqual([503, 'breaker_open']);
    expect(body['message']).toContain('fcm');
  });
});
