import { ConfigError } from '@push/config';
import type { GoogleOAuthAccessToken } from 'firebase-admin/app';
import { AccessTokenError, AccessTokens } from './access-tokens';

/** A source that counts, on a clock that stands still until told. */
function harness(expiresInSeconds = 3600) {
  const state = { now: 0, fetched: 0, anew: 0, error: undefined as Error | undefined };
  const source = async (anew: boolean): Promise<GoogleOAuthAccessToken> => {
    state.fetched += 1;
    if (anew) state.anew += 1;
    await Promise.resolve();
    if (state.error) throw state.error;
    return { access_token: `token-${state.fetched}`, expires_in: expiresInSeconds };
  };
  const tokens = new AccessTokens(source, { now: () => state.now, timeoutMs: 50 });
  return { state, tokens };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AccessTokens', () => {
  it('fetch once however many wait, and keep the token', async () => {
    const { state, tokens } = harness();
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.get()));
    expect(new Set(all.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer token-1']),
    );
    state.now = 3_300_000;
    await tokens.get();
    expect(state.fetched).toBe(1);
  });

  it('hand out the token at hand without a promise, and renew it as ahead of time as with one', async () => {
    const { state, tokens } = harness();
    expect(tokens.usable()).toBeUndefined();
    expect(state.fetched).toBe(0);
    const token = await tokens.get();
    expect(tokens.usable()).toBe(token);
    state.now = 3_400_000;
    expect(tokens.usable()).toBe(token);
    await settled();
    expect(tokens.usable()?.value).toBe('token-2');
    state.now = 10_000_000;
    expect(tokens.usable()).toBeUndefined();
    expect(state.fetched).toBe(2);
  });

  it('renew ahead of the expiry, while the old token serves', async () => {
    const { state, tokens } = harness();
    await tokens.get();
    state.now = 3_400_000;
    expect((await tokens.get()).value).toBe('token-1');
    await settled();
    expect((await tokens.get()).value).toBe('token-2');
    expect(state.fetched).toBe(2);
  });

  it('serve the old token through an outage of Google’s, and ask again now and then', async () => {
    const { state, tokens } = harness();
    await tokens.get();
    state.now = 3_400_000;
    state.error = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    for (let send = 0; send < 20; send += 1) {
      expect((await tokens.get()).value).toBe('token-1');
      await settled();
    }
    expect(state.fetched).toBe(2);
    state.now += 10_000;
    await tokens.get();
    await settled();
    expect(state.fetched).toBe(3);
    state.now = 3_590_000;
    await expect(tokens.get()).rejects.toMatchObject({ failure: 'transient' });
  });

  it('fetch anew after FCM refused the token, at most once a minute', async () => {
    const { state, tokens } = harness();
    const first = await tokens.get();
    for (let refusals = 0; refusals < 100; refusals += 1) tokens.refused(first);
    const second = await tokens.get();
    expect(second.value).toBe('token-2');
    tokens.refused(second);
    expect((await tokens.get()).value).toBe('token-2');
    state.now = 60_000;
    tokens.refused(first);
    tokens.refused(second);
    expect((await tokens.get()).value).toBe('token-3');
    expect(state).toMatchObject({ fetched: 3, anew: 2 });
  });

  it('fetch anew when told to, whatever token there is and however often', async () => {
    const { state, tokens } = harness();
    await tokens.get();
    expect((await tokens.fresh()).value).toBe('token-2');
    expect((await tokens.fresh()).value).toBe('token-3');
    expect((await tokens.get()).value).toBe('token-3');
    expect(state.anew).toBe(2);
  });

  it('fetch anew when told to even while a fetch is under way', async () => {
    const { state, tokens } = harness();
    const [usual, fresh] = await Promise.all([tokens.get(), tokens.fresh()]);
    expect([usual.value, fresh.value]).toEqual(['token-1', 'token-2']);
    expect(state.anew).toBe(1);
  });

  it('look at the credentials again after Google refused those they had', async () => {
    const { state, tokens } = harness();
    state.error = Object.assign(new Error('invalid_grant'), { status: 400 });
    await expect(tokens.get()).rejects.toMatchObject({ failure: 'credentials' });
    state.error = undefined;
    await tokens.get();
    expect(state.anew).toBe(1);
  });

  it('try again after a fetch that failed', async () => {
    const { state, tokens } = harness();
    state.error = new Error('no');
    await expect(tokens.get()).rejects.toThrow(AccessTokenError);
    state.error = undefined;
    expect((await tokens.get()).value).toBe('token-2');
  });

  it('give up on a fetch that takes too long', async () => {
    const tokens = new AccessTokens(() => new Promise(() => undefined), { timeoutMs: 20 });
    await expect(tokens.get()).rejects.toMatchObject({ failure: 'transient', code: 'TIMEOUT' });
  });

  it('take a replaced file that cannot be used for refused credentials, and say what is wrong with it', async () => {
    const { state, tokens } = harness();
    state.error = new ConfigError([{ variable: 'SOME_FILE', problem: 'is not JSON' }]);
    await expect(tokens.get()).rejects.toMatchObject({
      failure: 'credentials',
      message: expect.stringContaining('SOME_FILE is not JSON'),
    });
  });

  it.each([
    [{ code: 'ENOTFOUND', message: 'getaddrinfo' }, 'transient', 'NETWORK'],
    [{ code: 'TimeoutError', message: 'aborted' }, 'transient', 'NETWORK'],
    [{ status: 503, message: 'unavailable' }, 'transient', 'NETWORK'],
    [{ status: 429, message: 'too many' }, 'transient', 'NETWORK'],
    [
      { status: 400, message: 'invalid_grant', response: { data: { error: 'invalid_grant' } } },
      'credentials',
      'INVALID_GRANT',
    ],
    [{ status: 401, message: 'invalid_client' }, 'credentials', 'HTTP_401'],
    [{ code: 'ERR_OSSL_UNSUPPORTED', message: 'DECODER' }, 'credentials', 'INVALID_CREDENTIAL'],
    [{ code: 'app/invalid-credential', message: 'no' }, 'credentials', 'INVALID_CREDENTIAL'],
    [{ message: 'Could not load the default credentials' }, 'credentials', 'INVALID_CREDENTIAL'],
  ])('take the error %j for %s', async (error, failure, code) => {
    const { state, tokens } = harness();
    state.error = Object.assign(new Error(error.message), error);
    await expect(tokens.get()).rejects.toMatchObject({ failure, code });
  });
});
