import { admin, ADMIN_KEY, READING_KEY, startAdminStack } from '../../support/admin';
import { startStack, type Stack } from '../../support/stack';

describe('access to the admin API', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack();
  });
  afterAll(() => stack.close());

  it('returns the name of the key', async () => {
    const { status, body } = await admin(stack, '/whoami');
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, data: { actor: 'alice' } });
    expect((await admin(stack, '/whoami', { key: READING_KEY })).body['data']).toEqual({
      actor: 'dashboard',
    });
  });

  it('accepts the key as a bearer token too', async () => {
    const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/admin/whoami`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['no key', null],
    ['a wrong key', 'the-key-of-alice-in-testS'],
    ['all keys at once', `${ADMIN_KEY},${READING_KEY}`],
    ['the entry as it is configured', `alice:${ADMIN_KEY}`],
  ])('answers 401 in the envelope to %s', async (_what, key) => {
    const { status, body } = await admin(stack, '/whoami', { key });
    expect(status).toBe(401);
    expect(body).toMatchObject({ success: false, data: null, error: 'unauthorized' });
    expect(String(body['message'])).toContain('x-api-key');
  });
});

describe('an admin API without keys', () => {
  it('answers 403 and names the variable to set', async () => {
    const stack = await startStack();
    const { status, body } = await admin(stack, '/whoami');
    expect(status).toBe(403);
    expect(String(body['message'])).toContain('ADMIN_API_KEYS');
    await stack.close();
  });
});

describe('the limits of the admin API', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack({
      env: { ADMIN_REQUESTS_PER_MINUTE: '5', ADMIN_WRONG_KEYS_PER_MINUTE: '3' },
    });
  });
  afterAll(() => stack.close());

  it('answers 429 with Retry-After to a key above its limit, and still serves another one', async () => {
    for (let n = 0; n < 5; n += 1) expect((await admin(stack, '/whoami')).status).toBe(200);
    const refused = await admin(stack, '/whoami');
    expect(refused.status).toBe(429);
    expect(refused.body['error']).toBe('too_many_requests');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await admin(stack, '/whoami', { key: READING_KEY })).status).toBe(200);
  });

  it('refuses every key from an address that has sent too many wrong ones', async () => {
    for (let n = 0; n < 3; n += 1) {
      expect((await admin(stack, '/whoami', { key: `guess-${n}` })).status).toBe(401);
    }
    const refused = await admin(stack, '/whoami', { key: READING_KEY });
    expect(refused.status).toBe(429);
    expect(String(refused.body['message'])).toContain('wrong keys');
  });
});
