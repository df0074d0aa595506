import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, UserServiceConfig } from '@push/config';
import { Dependencies, DependencyDownError, ResilienceModule } from '@push/resilience';
import { RecipientDirectory, UserClientModule, UserServiceError } from '@push/user-client';
import { until } from '../../support/wait-for';
import {
  cut,
  flood,
  hang,
  json,
  raw,
  stall,
  startScriptedServer,
  status,
  type Responder,
  type ScriptedServer,
} from './scripted-server';

const TIMEOUT_MS = 200;
/** Those of the client's pool. */
const CONNECTIONS = 128;
const TRIES = 2;
const USER = { id: 'u1', push_token: 'token-1' };

describe('HttpRecipientDirectory', () => {
  let server: ScriptedServer;
  let app: TestingModule | undefined;
  let directory: RecipientDirectory;

  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.close());

  const start = async (environment: Record<string, string> = {}): Promise<void> => {
    await app?.close();
    const defaults = {
      USER_SERVICE_URL: server.url,
      USER_SERVICE_TIMEOUT_MS: String(TIMEOUT_MS),
      BREAKER_OPEN_MS: '50',
    };
    app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([UserServiceConfig, BreakerConfig], { ...defaults, ...environment }),
        ResilienceModule,
        UserClientModule,
      ],
    }).compile();
    app.useLogger(false);
    await app.init();
    directory = app.get(RecipientDirectory);
  };
  const lookup = (userId = 'u1', correlationId = 'c-1') => directory.lookup(userId, correlationId);
  const failing = (userId?: string): Promise<UserServiceError> =>
    lookup(userId).then(
      (answer) => Promise.reject(new Error(`answered ${JSON.stringify(answer)}`)),
      (error: unknown) => error as UserServiceError,
    );
  const breaker = () => app!.get(Dependencies).get('user-service')!;

  beforeEach(async () => {
    server.reset();
    await start();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  describe('reads', () => {
    const path = '/api/v1/users/u1';

    it.each([
      ['a token', { push_token: 't' }, [{ token: 't' }]],
      ['tokens', { push_tokens: ['t', 'v'] }, [{ token: 't' }, { token: 'v' }]],
      [
        'devices',
        { devices: [{ token: 't', platform: 'ios', locale: 'de-AT' }] },
        [{ token: 't', platform: 'ios', locale: 'de-AT' }],
      ],
      ['no device', { push_token: null }, []],
    ])('a user with %s, bare or enveloped', async (_what, user, devices) => {
      for (const body of [user, { success: true, data: user, error: null }]) {
        server.on(path, json(body));
        expect(await lookup()).toMatchObject({ userId: 'u1', wantsPush: true, devices });
      }
      expect(server.requests).toHaveLength(2);
    });

    it('that a user wants no push', async () => {
      server.on(path, json({ data: { push_token: 't', preferences: { push: false } } }));
      expect(await lookup()).toMatchObject({ wantsPush: false });
    });

    it.each([404, 410])('%i as no such user, which speaks for the service', async (code) => {
      server.on(path, status(code));
      for (let i = 0; i < 10; i++) expect(await lookup()).toBeUndefined();
      expect(server.requests).toHaveLength(10);
      expect(breaker()).toMatchObject({ available: true, failures: 0 });
    });

    it.each([
      ['nothing', ''],
      ['blanks', ' \r\n'],
      ['JSON of any kind', '"no such user"'],
    ])('404 with %s as no such user', async (_what, body) => {
      server.on(path, raw(body, 404));
      expect(await lookup()).toBeUndefined();
      expect(breaker().failures).toBe(0);
    });

    it('JSON behind a byte order mark, in pieces that cut a character', async () => {
      const bytes = Buffer.from(`\ufeff${JSON.stringify({ push_token: 'é' })}`);
      server.on(path, (_request, response) => {
        response.write(bytes.subarray(0, -3));
        setTimeout(() => response.end(bytes.subarray(-3)), 20);
      });
      expect(await lookup()).toMatchObject({ devices: [{ token: 'é' }] });
    });

    it('the user afresh every time', async () => {
      server.on(path, json({ push_token: 'old' }), json({ push_token: 'new' }));
      expect(await lookup()).toMatchObject({ devices: [{ token: 'old' }] });
      expect(await lookup()).toMatchObject({ devices: [{ token: 'new' }] });
    });
  });

  describe('asks', () => {
    it('with the correlation id, and with the API key when there is one', async () => {
      server.otherwise = json(USER);
      await lookup('u1', 'c-42');
      expect(server.requests[0]!.headers).toMatchObject({ 'x-correlation-id': 'c-42' });
      expect(server.requests[0]!.headers).not.toHaveProperty('x-api-key');
      await start({ USER_SERVICE_API_KEY: 'secret' });
      await lookup();
      expect(server.requests[1]!.headers).toMatchObject({ 'x-api-key': 'secret' });
    });

    it('even when the correlation id would not fit into a header', async () => {
      server.otherwise = json(USER);
      await lookup('u1', `ä\r\nx-api-key: forged${'x'.repeat(10_000)}`);
      const { headers } = server.requests[0]!;
      expect(headers['x-correlation-id']).toMatch(/^\?\?\?x-api-key:\?forgedx+$/);
      expect(headers).not.toHaveProperty('x-api-key');
    });

    it('at the configured path, below the path of the URL', async () => {
      await start({
        USER_SERVICE_URL: `${server.url}/people/`,
        USER_SERVICE_USER_PATH: '/v2/lookup?id={user_id}&also={user_id}',
      });
      server.on('/people/v2/lookup?id=a%26b&also=a%26b', json(USER));
      expect(await lookup('a&b')).toBeDefined();
    });

    it.each([
      ['a/b', 'a%2Fb'],
      ['a?b#c', 'a%3Fb%23c'],
      ['%2f', '%252f'],
      ['%2e%2e%2fadmin', '%252e%252e%252fadmin'],
      ['$& $1', '%24%26%20%241'],
      ['Zoë 🚀', 'Zo%C3%AB%20%F0%9F%9A%80'],
      ['...', '...'],
      ['a\r\nb', 'a%0D%0Ab'],
      ['x'.repeat(256), 'x'.repeat(256)],
    ])('for the id %j as one step of the path', async (userId, encoded) => {
      server.on(`/api/v1/users/${encoded}`, json(USER));
      expect(await lookup(userId)).toMatchObject({ userId });
      expect(server.requests).toHaveLength(1);
    });

    it.each(['', '.', '..', '../x', 'a/../b', '..\\x', '/', 'a//b', 'half \ud83d'])(
      'nobody for the id %j, which no path can hold',
      async (userId) => {
        server.otherwise = json(USER);
        expect(await lookup(userId)).toBeUndefined();
        expect(server.requests).toEqual([]);
      },
    );

    it('over connections that stay open, and not over too many', async () => {
      server.otherwise = (_request, response) =>
        void setTimeout(() => json(USER)(_request, response), 5);
      const before = server.connections();
      await start({ USER_SERVICE_TIMEOUT_MS: '5000' });
      for (let i = 0; i < 20; i++) await lookup();
      expect(server.connections() - before).toBeLessThan(5);
      await Promise.all(Array.from({ length: 500 }, () => lookup()));
      expect(server.connections() - before).toBeLessThanOrEqual(128);
    });
  });

  describe('tries twice and then fails with a clear error', () => {
    it.each<[string, Responder, string, RegExp]>([
      ['500', status(500), 'UNAVAILABLE', /answered 500/],
      ['503', status(503), 'UNAVAILABLE', /answered 503/],
      ['429', status(429), 'UNAVAILABLE', /answered 429/],
      ['a cut connection', cut, 'UNAVAILABLE', /cannot be reached.*USER_SERVICE_URL/],
      ['no answer', hang, 'TIMEOUT', /within 200 ms/],
      ['half an answer', stall, 'TIMEOUT', /within 200 ms/],
      ['500 with half a body', failingWith(stall), 'UNAVAILABLE', /answered 500/],
      ['500 with a body without end', failingWith(flood), 'UNAVAILABLE', /answered 500/],
    ])('on %s', async (_what, responder, code, message) => {
      server.otherwise = responder;
      const startedAt = performance.now();
      const error = await failing();
      expect(error).toBeInstanceOf(UserServiceError);
      expect(error).toMatchObject({ code, retryable: true });
      expect(error.message).toMatch(message);
      expect(server.requests).toHaveLength(TRIES);
      expect(breaker().failures).toBe(TRIES);
      expect(performance.now() - startedAt).toBeLessThan(TRIES * TIMEOUT_MS + 200 + 500);
    });

    it('on nobody listening', async () => {
      const gone = await startScriptedServer();
      await gone.close();
      await start({ USER_SERVICE_URL: gone.url });
      expect(await failing()).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/ECONNREFUSED/),
      });
      expect(breaker().failures).toBe(TRIES);
    });

    it('unless the second try goes well', async () => {
      for (const bad of [status(500), cut, hang]) {
        server.on('/api/v1/users/u1', bad, json(USER));
        expect(await lookup()).toMatchObject({ devices: [{ token: 'token-1' }] });
      }
      expect(server.requests).toHaveLength(3 * TRIES);
      expect(breaker().failures).toBe(0);
    });
  });

  describe('tries once and fails with a clear error', () => {
    it.each<[string, Responder, object, RegExp, number]>([
      ['no JSON', raw('<html>hello</html>'), { code: 'BAD_ANSWER', retryable: true }, /no JSON/, 1],
      ['JSON that is no user', json([1, 2]), { code: 'BAD_ANSWER', retryable: true }, /no user/, 1],
      ['an answer without end', flood, { code: 'BAD_ANSWER', retryable: true }, /larger than/, 1],
      ['nothing', status(204), { code: 'BAD_ANSWER', retryable: true }, /answered 204/, 1],
      [
        'a redirect',
        status(302, { location: '/elsewhere' }),
        { code: 'BAD_ANSWER', retryable: true },
        /302.*redirects are not followed/,
        1,
      ],
      [
        '404 with a page',
        raw('<html>404 Not Found</html>', 404),
        { code: 'BAD_ANSWER', retryable: true },
        /answered 404.*USER_SERVICE_URL/,
        1,
      ],
      [
        '410 with a line of text',
        raw('default backend - 404', 410),
        { code: 'BAD_ANSWER', retryable: true },
        /answered 410/,
        1,
      ],
      ['401', status(401), { code: 'REFUSED', retryable: true }, /401.*USER_SERVICE_API_KEY/, 1],
      ['403', status(403), { code: 'REFUSED', retryable: true }, /403.*USER_SERVICE_API_KEY/, 1],
      ['400', status(400), { code: 'REFUSED', retryable: false }, /answered 400/, 0],
      ['422', status(422), { code: 'REFUSED', retryable: false }, /answered 422/, 0],
    ])('on %s', async (_what, responder, expected, message, failures) => {
      await start({ USER_SERVICE_TIMEOUT_MS: '5000' });
      server.otherwise = responder;
      const error = await failing();
      expect(error).toBeInstanceOf(UserServiceError);
      expect(error).toMatchObject(expected);
      expect(error.message).toMatch(message);
      expect(server.requests).toHaveLength(1);
      expect(breaker().failures).toBe(failures);
    });
  });

  it('stops asking after five failed requests, until its health answers', async () => {
    await start({ USER_SERVICE_HEALTH_PATH: '/healthz' });
    server.otherwise = status(500);
    expect(await failing()).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await failing()).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await failing()).toBeInstanceOf(DependencyDownError); // the fifth failed, the sixth was not sent
    const asked = () => server.requests.filter(({ path }) => path === '/api/v1/users/u1').length;
    expect(asked()).toBe(5);
    expect(await failing()).toBeInstanceOf(DependencyDownError);

    const probes = () => server.requests.filter(({ path }) => path === '/healthz').length;
    await until(() => probes() >= 2);
    expect(breaker().available).toBe(false);
    expect(asked()).toBe(5);

    server.on('/healthz', status(204));
    server.on('/api/v1/users/u1', json(USER));
    await until(() => breaker().available);
    expect(await lookup()).toMatchObject({ devices: [{ token: 'token-1' }] });
  });

  it.each([
    ['a service without a health route', status(404)],
    ['a proxy', raw('<html>404 Not Found</html>', 404)],
  ])('does not begin by taking the 404 of %s for down, nor later for well', async (_what, page) => {
    await start({ USER_SERVICE_HEALTH_PATH: '/healthz' });
    server.on('/healthz', page);
    await breaker().check();
    expect(breaker().available).toBe(true);

    server.otherwise = raw('<html>404 Not Found</html>', 404);
    for (let n = 0; n < 5; n += 1) await failing();
    expect(breaker().available).toBe(false);
    const probes = () => server.requests.filter(({ path }) => path === '/healthz').length;
    await until(() => probes() >= 3);
    expect(breaker().available).toBe(false);
  });

  it('gives up in time on those that no connection was free for, and asks nothing for them later', async () => {
    await start({ BREAKER_FAILURES: '1000' });
    server.otherwise = hang;
    const errors = await Promise.all(Array.from({ length: 200 }, () => failing()));
    expect(errors.every(({ code }) => code === 'TIMEOUT')).toBe(true);
    server.otherwise = json(USER);
    expect(await lookup()).toBeDefined(); // its turn comes after that of all others
    const without = 200 - CONNECTIONS; // at the first try
    // A connection that is given up may take one that still waits, in the moment before its own time is over.
    expect(server.requests.length).toBeLessThanOrEqual(200 * TRIES - without / 2);
  });

  it('has its connections usable again after answers that nobody read to the end', async () => {
    await start({ USER_SERVICE_TIMEOUT_MS: '5000', BREAKER_FAILURES: '1000' });
    server.otherwise = flood;
    await Promise.all(Array.from({ length: 200 }, () => failing()));
    server.otherwise = json(USER);
    expect(await lookup()).toBeDefined();
  });
});

function failingWith(responder: Responder): Responder {
  return (request, response) => {
    response.statusCode = 500;
    responder(request, response);
  };
}
