import { ADMIN_KEY, Abused, BOTH, expectRefusal, request } from './abuse.harness';

describe('addresses and methods that nobody means well by', () => {
  let abused: Abused;

  beforeAll(async () => {
    abused = await Abused.start();
  });
  afterEach(() => abused.expectUnharmed());
  afterAll(() => abused.stop());

  const PATHS = {
    'dots that climb': '/api/v1/../../../../etc/passwd',
    'encoded dots and slashes': '/api/v1/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    'doubly encoded dots': '/api/v1/%252e%252e%252fadmin/whoami',
    backslashes: '/api/v1\\..\\..\\admin',
    'an encoded NUL': '/api/v1/health%00/live',
    'an encoding cut short': '/api/v1/health/%e',
    'bytes that are no UTF-8': '/api/v1/%ff%fe',
    'a foreign host in front': '//evil.example/api/v1/health/live',
    'a path behind a semicolon': '/api/v1/health/live;/../../admin/whoami',
    'line breaks that forge a header': '/api/v1/x%0d%0aset-cookie:%20a=b',
    'a name as long as headers may be': `/api/v1/${'a'.repeat(15_000)}`,
    'a swagger page by another name': '/api/docs/../docs-json',
  };

  it.each(Object.entries(PATHS))('answers %s with a clear refusal', async (_what, path) => {
    for (const app of BOTH) {
      const answer = await abused.raw(app, request('GET', path));
      expectRefusal(answer, 400, 404, 414, 431);
      expect(answer.text.length).toBeLessThan(2000);
      expect(answer.head).not.toMatch(/set-cookie/i);
    }
  });

  it.each([
    '/api/v1/admin/whoami',
    '/api/v1/admin//whoami',
    '/api/v1/ADMIN/whoami',
    '/api/v1/admin/whoami/',
  ])('lets nobody in without a key by %s', async (path) => {
    expectRefusal(await abused.raw('push-service', request('GET', path)), 401, 404);
  });

  it('looks an id up as it is, however it is written, and nothing else', async () => {
    for (const id of [
      '%2e%2e%2f%2e%2e%2fadmin',
      '%1b%5b31m%0a%7b%7d',
      '%00',
      '*',
      '%7b%24ne%3a1%7d',
    ]) {
      const answer = await abused.raw('api-gateway', request('GET', `/api/v1/notifications/${id}`));
      expectRefusal(answer, 400, 404);
    }
  });

  it('takes too long an address for one that is', async () => {
    const answer = await abused.raw('api-gateway', request('GET', `/${'a'.repeat(40_000)}`));
    expectRefusal(answer, 431);
  });

  it.each(['TRACE', 'OPTIONS', 'DELETE', 'PUT', 'PATCH', 'PROPFIND', 'FOO', 'get'])(
    'answers %s with a refusal, and echoes nothing of the request',
    async (method) => {
      for (const app of BOTH) {
        const headers = ['X-Secret-Of-Mine: do-not-echo', `X-Api-Key: ${ADMIN_KEY}`];
        const answer = await abused.raw(app, request(method, '/api/v1/health/live', { headers }));
        expectRefusal(answer, 400, 404, 405);
        expect(answer.text).not.toMatch(/do-not-echo|the-key-of-alice/);
      }
    },
  );

  it('digs no tunnel', async () => {
    for (const app of BOTH) {
      expectRefusal(await abused.raw(app, request('CONNECT', '127.0.0.1:5672')), 405);
    }
  });

  it('gives HEAD the head alone', async () => {
    const answer = await abused.raw('push-service', request('HEAD', '/api/v1/health/live'));
    expect([answer.status, answer.text.endsWith('\r\n\r\n')]).toEqual([200, true]);
  });

  it('goes by the method itself, whatever a header says', async () => {
    const headers = ['X-HTTP-Method-Override: POST', 'X-Method-Override: DELETE'];
    const answer = await abused.raw(
      'push-service',
      request('GET', '/api/v1/health/live?_method=DELETE', { headers }),
    );
    expect(answer.status).toBe(200);
  });

  it('gives pages of other origins no leave to read', async () => {
    for (const app of BOTH) {
      const headers = ['Origin: https://evil.example', 'Access-Control-Request-Method: POST'];
      for (const method of ['GET', 'OPTIONS']) {
        const { head } = await abused.raw(app, request(method, '/api/v1/health/live', { headers }));
        expect(head).not.toMatch(/access-control-/i);
      }
    }
  });

  it('shows its API description to nobody in production', async () => {
    for (const app of BOTH) {
      for (const path of [
        '/api/docs',
        '/api/docs/',
        '/api/docs-json',
        '/api/docs/swagger-ui.css',
      ]) {
        expectRefusal(await abused.raw(app, request('GET', path)), 404);
      }
    }
  });
});
