import { Abused, expectRefusal, request } from './abuse.harness';

const NOTIFICATIONS = '/api/v1/notifications';
const STATUS = '/api/v1/push/status';
const BASE = '"request_id":"r","user_id":"u","template_code":"Hi"';

describe('bodies that nobody means well by', () => {
  let abused: Abused;

  beforeAll(async () => {
    abused = await Abused.start();
  });
  afterEach(() => abused.expectUnharmed());
  afterAll(() => abused.stop());

  const post = (
    body: string | Buffer,
    type: string | null = 'application/json',
    path = NOTIFICATIONS,
  ) =>
    abused.raw(
      'api-gateway',
      request('POST', path, { body, headers: type === null ? [] : [`Content-Type: ${type}`] }),
    );

  const BODIES: Record<string, string | Buffer> = {
    nothing: '',
    'half of an object': `{${BASE}`,
    'two objects': `{${BASE}}{${BASE}}`,
    null: 'null',
    'a list': '[]',
    'a text': '"push"',
    'a number': '1',
    NaN: 'NaN',
    'a comment': `{${BASE}} // hi`,
    'the key __proto__': `{${BASE},"__proto__":{"isAdmin":true}}`,
    'the key __proto__, escaped': `{${BASE},"\\u005f_proto__":{"isAdmin":true}}`,
    'the key __proto__ further down': `{${BASE},"variables":{"a":{"__proto__":{"x":1}}}}`,
    'a constructor with a prototype': `{${BASE},"constructor":{"prototype":{"x":1}}}`,
    'lists in lists in lists': '['.repeat(30_000) + ']'.repeat(30_000),
    'lists that never close': '['.repeat(60_000),
    'objects in objects in objects': `{${BASE},"variables":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
    'an id beyond all numbers': '{"request_id":1e999,"user_id":"u","template_code":"Hi"}',
    'an id that a number cannot hold':
      '{"request_id":12345678901234567890123,"user_id":"u","template_code":"Hi"}',
    'a priority beyond all numbers': `{${BASE},"priority":-1e999}`,
    'an object for an id': '{"request_id":{"$ne":null},"user_id":"u","template_code":"Hi"}',
    'half a character in an id': '{"request_id":"\\ud800","user_id":"u","template_code":"Hi"}',
    'bytes that are no UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    'an overlong encoding': Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]),
    'UTF-16': Buffer.from(`\ufeff{${BASE}}`, 'utf16le'),
    'compressed bytes': Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00]),
  };

  it.each(Object.entries(BODIES))('answers %s with 400, and says why', async (_what, body) => {
    expectRefusal(await post(body), 400);
    expectRefusal(await post(body, 'application/json', STATUS), 400, 401);
  });

  it('polluted no prototype by any of it', async () => {
    const answer = await post(`{${BASE},"__proto__":{"success":"polluted"}}`);
    expectRefusal(answer, 400);
    const { body } = await abused.raw('api-gateway', request('GET', '/api/v1/notifications/none'));
    expect(body['success']).toBe(false);
  });

  it.each([
    'text/plain',
    'text/html',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/json-seq',
    'application/jsonx',
    'no type at all',
    null,
  ])('answers a body of type %s with 415', async (type) => {
    expectRefusal(await post(`{${BASE}}`, type), 415);
  });

  it('answers a body that is too large with 413, however it is sent', async () => {
    const large = `{${BASE},"body":"${'a'.repeat(100_000)}"}`;
    expectRefusal(await post(large), 413);
    const chunked =
      `POST ${NOTIFICATIONS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    expectRefusal(await abused.raw('api-gateway', chunked), 413);
    const promised = 'Content-Length: 99999999999';
    const answer = await abused.raw(
      'api-gateway',
      `POST ${NOTIFICATIONS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${promised}\r\n\r\n{`,
    );
    expectRefusal(answer, 413);
  });

  it('takes a byte order mark, and the last of two equal keys', async () => {
    const withMark = await post(
      Buffer.from(`\ufeff{"request_id":"bom","push_token":"t","template_code":"Hi"}`),
    );
    expect(withMark.status).toBe(202);
    const twice = await post(
      '{"request_id":"first","request_id":"last","push_token":"t","template_code":"Hi"}',
    );
    expect([twice.status, twice.body['data'].request_id]).toEqual([202, 'last']);
  });

  it('takes names of the prototype for the names they are', async () => {
    const names = ['toString', 'constructor', 'hasOwnProperty', 'valueOf'];
    const variables = Object.fromEntries(names.map((name) => [name, 'x']));
    const body = { request_id: 'names', push_token: 't', template_code: '{{toString}}', variables };
    expect((await post(JSON.stringify(body))).status).toBe(202);
  });
});
