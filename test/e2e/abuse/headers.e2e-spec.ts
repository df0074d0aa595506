import { ADMIN_KEY, Abused, BOTH, expectRefusal, request } from './abuse.harness';

const NOTIFICATIONS = '/api/v1/notifications';
const JSON_TYPE = 'Content-Type: application/json';

describe('headers that nobody means well by', () => {
  let abused: Abused;

  beforeAll(async () => {
    abused = await Abused.start();
  });
  afterEach(() => abused.expectUnharmed());
  afterAll(() => abused.stop());

  const post = (headers: readonly string[], body: object | string) =>
    abused.raw(
      'api-gateway',
      request('POST', NOTIFICATIONS, {
        headers: [JSON_TYPE, ...headers],
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    );

  it.each(['request_id', 'notification_id', 'correlation_id', 'user_id'])(
    'takes no line break in %s, which ends up in headers',
    async (field) => {
      for (const evil of ['a\r\nX-Evil: 1', 'a\nb', 'a\u0000b', 'a\u001b[2J', 'a\u009b2J']) {
        const body = { request_id: 'crlf', user_id: 'u', template_code: 'Hi', [field]: evil };
        const answer = await post([], body);
        expectRefusal(answer, 400);
        expect(answer.head).not.toMatch(/x-evil/i);
        expect(String(answer.body['message'])).toContain(field);
      }
    },
  );

  it('makes a correlation id of its own where the one sent is not sound', async () => {
    const forged = [
      'a\u001b[31mred',
      'é\u0085next',
      '{"level":"FATAL","message":"forged"}\u009b',
      'x'.repeat(300),
      ' ',
    ];
    for (const app of BOTH) {
      for (const id of forged) {
        const headers = [`X-Correlation-Id: ${id}`];
        const answer = await abused.raw(app, request('GET', '/api/v1/nowhere', { headers }));
        if (answer.status !== 400) {
          expect(answer.head).toMatch(/x-correlation-id: [\da-f-]{36}\r\n/);
        }
        expectRefusal(answer, 400, 404);
      }
    }
  });

  it('keeps log lines whole, whatever stands in a path, a header or a field', async () => {
    const evil = '%0a{"level":"FATAL","message":"forged"}%0d%1b[31m';
    const bytes = '\u009b31m\u0085\u007f{"level":"FATAL"}';
    for (const app of BOTH) {
      await abused.raw(
        app,
        request('GET', `/api/v1/${evil}`, { headers: [`User-Agent: ${bytes}`] }),
      );
      await abused.raw(app, request('GET', `/api/v1/${bytes}`, { headers: [`Referer: ${bytes}`] }));
      await abused.raw(
        app,
        request('GET', `/api/v1/admin/${bytes}`, { headers: [`X-Api-Key: ${bytes}`] }),
      );
    }
    await post([], {
      request_id: '{"level":"FATAL","message":"forged"}',
      user_id: 'u',
      template_code: 'Hi',
    });
    for (const app of BOTH) {
      expect(abused.log(app).filter(({ level }) => level === 'FATAL')).toEqual([]);
    }
  });

  it.each([
    ['one huge header', [`X-Huge: ${'a'.repeat(40_000)}`]],
    ['a thousand headers', Array.from({ length: 2000 }, (_, n) => `X-Many-${n}: ${n}`)],
  ])('answers %s with 431', async (_what, headers) => {
    for (const app of BOTH) {
      expectRefusal(await abused.raw(app, request('GET', '/api/v1/health/live', { headers })), 431);
    }
  });

  it('takes one Host, and not the second of two', async () => {
    for (const app of BOTH) {
      const two = request('GET', '/api/v1/health/live', { headers: ['Host: other'] });
      expectRefusal(await abused.raw(app, two), 400);
      expectRefusal(await abused.raw(app, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), 400);
    }
  });

  it('lets nobody in by a second key beside a wrong one', async () => {
    const headers = ['X-Api-Key: wrong', `X-Api-Key: ${ADMIN_KEY}`];
    const answer = await abused.raw(
      'push-service',
      request('GET', '/api/v1/admin/whoami', { headers }),
    );
    expectRefusal(answer, 401);
  });

  it('believes no header that says where a request comes from', async () => {
    const headers = [
      'X-Forwarded-For: 127.0.0.1',
      'Forwarded: for=127.0.0.1',
      'X-Real-Ip: 127.0.0.1',
    ];
    const answer = await abused.raw(
      'push-service',
      request('GET', '/api/v1/admin/whoami', { headers }),
    );
    expectRefusal(answer, 401);
  });

  const SMUGGLED = 'GET /api/v1/admin/whoami HTTP/1.1\r\nHost: x\r\n\r\n';
  const SMUGGLING = {
    'a length and chunks': `Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'chunks and a length': `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    'two lengths': `Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}${SMUGGLED}`,
    'lengths in a list': `Content-Length: 2, 50\r\n\r\n{}${SMUGGLED}`,
    'a length below nothing': `Content-Length: -1\r\n\r\n{}`,
    'a length that is no number': `Content-Length: 0x2\r\n\r\n{}`,
    'an encoding spelt oddly': `Transfer-Encoding: xchunked\r\n\r\n{}`,
    'chunks that are not the last encoding': `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    'a space before the colon': `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    'a chunk that is longer than it says': `Transfer-Encoding: chunked\r\n\r\n2\r\n{}${SMUGGLED}`,
    'a bare line feed': `X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a folded header': `X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  };

  it.each(Object.entries(SMUGGLING))(
    'answers a request with %s once, with 400, and closes',
    async (_what, rest) => {
      for (const app of BOTH) {
        const bytes = `POST ${NOTIFICATIONS} HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}\r\n${rest}`;
        const answer = await abused.raw(app, bytes);
        expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
        expectRefusal(answer, 400, 404);
      }
    },
  );

  it('answers an expectation that nobody has heard of in the envelope', async () => {
    for (const app of BOTH) {
      const headers = [JSON_TYPE, 'Expect: a-miracle'];
      expectRefusal(
        await abused.raw(app, request('POST', NOTIFICATIONS, { headers, body: '{}' })),
        417,
      );
    }
  });
});
