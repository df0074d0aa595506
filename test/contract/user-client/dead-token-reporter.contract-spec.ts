import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, UserServiceConfig } from '@push/config';
import { Dependencies, DependencyDownError, ResilienceModule } from '@push/resilience';
import {
  DeadTokenReporter,
  RecipientDirectory,
  UserClientModule,
  UserServiceError,
} from '@push/user-client';
import { waitFor } from '../../support/wait-for';
import {
  cut,
  hang,
  json,
  startScriptedServer,
  status,
  type Responder,
  type ScriptedServer,
} from './scripted-server';

const HEALTH = '/api/v1/health/live';

describe('HttpDeadTokenReporter', () => {
  let server: ScriptedServer;
  let app: TestingModule | undefined;
  let reporter: DeadTokenReporter;

  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.close());

  const start = async (environment: Record<string, string> = {}): Promise<void> => {
    await app?.close();
    const defaults = {
      USER_SERVICE_URL: server.url,
      USER_SERVICE_TIMEOUT_MS: '500',
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
    reporter = app.get(DeadTokenReporter);
  };
  const report = (userId = 'u1', token = 'token-1') => reporter.report(userId, token);
  const failing = (): Promise<UserServiceError> =>
    report().then(
      () => Promise.reject(new Error('the report was taken')),
      (error: unknown) => error as UserServiceError,
    );
  const breaker = (name = 'token-reports') => app!.get(Dependencies).get(name)!;

  beforeEach(async () => {
    server.reset();
    await start();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it('deletes exactly the one token of the one user, with the API key when there is one', async () => {
    await start({ USER_SERVICE_API_KEY: 'secret' });
    server.otherwise = status(204);
    await report('ada', 'dX:APA91b-x_y');
    expect(server.requests).toMatchObject([
      {
        method: 'DELETE',
        path: '/api/v1/users/ada/devices/dX%3AAPA91b-x_y',
        headers: { 'x-api-key': 'secret' },
        body: '',
      },
    ]);
  });

  it.each([200, 202, 204, 404, 410])('takes %i for done', async (code) => {
    server.otherwise = status(code);
    await report();
    expect(server.requests).toHaveLength(1);
    expect(breaker().failures).toBe(0);
  });

  it('reports by the configured route, below the path of the URL', async () => {
    await start({
      USER_SERVICE_URL: `${server.url}/people/`,
      USER_SERVICE_DEAD_TOKEN_PATH: '/tokens?is={token}',
    });
    server.otherwise = status(204);
    await report('nobody/../needs to fit', 'a&b');
    expect(server.requests).toMatchObject([{ method: 'DELETE', path: '/people/tokens?is=a%26b' }]);
  });

  it('POSTs the user and the token as JSON where that is configured', async () => {
    await start({
      USER_SERVICE_DEAD_TOKEN_METHOD: 'POST',
      USER_SERVICE_DEAD_TOKEN_PATH: '/dead-tokens',
    });
    server.otherwise = (request, response) => void request.on('end', () => response.end('{}'));
    await report('u1', '../token');
    const { method, path, headers, body } = server.requests[0]!;
    expect([method, path]).toEqual(['POST', '/dead-tokens']);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ user_id: 'u1', token: '../token' });
  });

  it('reports nothing, and has no breaker, where the path is empty', async () => {
    await start({ USER_SERVICE_DEAD_TOKEN_PATH: '' });
    expect(reporter.enabled).toBe(false);
    await report();
    expect(server.requests).toEqual([]);
    expect(app!.get(Dependencies).get('token-reports')).toBeUndefined();
  });

  it.each([
    ['u1', ''],
    ['u1', '..'],
    ['u1', '../../other-user'],
    ['u1', 'a//b'],
    ['u1', 'half \ud83d'],
    ['..', 'token-1'],
  ])('asks for nothing on behalf of %j and %j, which no path can hold', async (userId, token) => {
    server.otherwise = status(204);
    await expect(report(userId, token)).rejects.toMatchObject({
      code: 'REFUSED',
      retryable: false,
    });
    expect(server.requests).toEqual([]);
    expect(breaker().failures).toBe(0);
  });

  it.each<[string, Responder, string, boolean]>([
    ['500', status(500), 'UNAVAILABLE', true],
    ['429', status(429), 'UNAVAILABLE', true],
    ['a cut connection', cut, 'UNAVAILABLE', true],
    ['no answer', hang, 'TIMEOUT', true],
    ['401', status(401), 'REFUSED', true],
    ['a redirect', status(302, { location: '/elsewhere' }), 'BAD_ANSWER', true],
    ['400', status(400), 'REFUSED', false],
    ['405', status(405), 'REFUSED', false],
  ])('tries once and fails with a clear error on %s', async (_what, responder, code, retryable) => {
    server.otherwise = responder;
    const error = await failing();
    expect(error).toBeInstanceOf(UserServiceError);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toContain('token-1');
    expect(server.requests).toHaveLength(1);
    expect(breaker().failures).toBe(1);
  });

  it('stops after five failures until the health route answers, and look-ups go on', async () => {
    server.otherwise = status(500);
    server.on('/api/v1/users/u1', json({ push_token: 'token-1' }));
    for (let n = 0; n < 5; n += 1) expect(await failing()).toBeInstanceOf(UserServiceError);
    expect(await failing()).toBeInstanceOf(DependencyDownError);
    const reports = () => server.requests.filter(({ method }) => method === 'DELETE').length;
    expect(reports()).toBe(5);
    expect(breaker('user-service')).toMatchObject({ available: true, failures: 0 });
    expect(await app!.get(RecipientDirectory).lookup('u1', 'c')).toBeDefined();

    server.otherwise = status(204);
    server.on(HEALTH, status(204));
    await waitFor('the breaker to close', () => breaker().available);
    await report();
    expect(reports()).toBe(6);
  });
});
