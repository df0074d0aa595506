import { PushDeserializer } from './push.deserializer';

describe('PushDeserializer', () => {
  /** As Nest's ServerRMQ does. */
  const parsedByNest = (raw: Buffer): unknown => {
    try {
      return JSON.parse(raw.toString());
    } catch {
      return raw.toString();
    }
  };
  /** What is read is the same with and without Nest's copy. */
  const read = (text: string | Buffer, maxBytes = 1000): unknown => {
    const raw = Buffer.from(text);
    const deserializer = new PushDeserializer(maxBytes);
    const body = deserializer.read(raw);
    expect(deserializer.read(raw, deserializer.deserialize(parsedByNest(raw)).data)).toEqual(body);
    return body;
  };

  it('gives every message the pattern of the one handler', () => {
    const deserializer = new PushDeserializer(1000);
    for (const parsed of [undefined, null, 'text', { pattern: 'other', data: 1, id: '7' }]) {
      expect(deserializer.deserialize(parsed)).toEqual({ pattern: 'push', data: parsed });
    }
  });

  it.each([
    [
      'an object',
      '{"request_id":"r","n":[1,{"a":null}]}',
      { request_id: 'r', n: [1, { a: null }] },
    ],
    ['null', 'null', null],
    ['a list', '[1]', [1]],
    ['a string', '"push"', 'push'],
    ['JSON after a byte order mark', '\ufeff{"a":1}', { a: 1 }],
    ['JSON with space around it', ' \n{"a":1}\r\n', { a: 1 }],
  ])('reads %s', (_, text, value) => {
    expect(read(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['an event of a Nest client', '{"pattern":"push","data":{"a":1}}', { a: 1 }],
    ['a request of a Nest client', '{"pattern":{"cmd":"x"},"data":{"a":1},"id":"7"}', { a: 1 }],
    ['an empty envelope', '{"pattern":"push","data":null}', null],
  ])('unwraps %s', (_, text, value) => {
    expect(read(text)).toEqual({ ok: true, value });
  });

  it.each(['{"data":{"a":1}}', '{"pattern":"x"}', '{"pattern":"x","data":{},"user_id":"u"}'])(
    'does not unwrap %s',
    (text) => {
      expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
    },
  );

  it.each([
    ['is not JSON', 'not json at all {{{', /^The body is not valid JSON.*; send a JSON object$/],
    ['is cut off', '{"a":', /not valid JSON/],
    ['is empty', '', /empty/],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not valid UTF-8/],
    ['is too large', `"${'x'.repeat(1000)}"`, /has 1002 bytes; at most 1000/],
  ])('explains that a body %s, and keeps its bytes', (_, text, problem) => {
    expect(read(text)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
      raw: Buffer.from(text),
    });
  });

  describe('of a nested body', () => {
    const nested = (levels: number, inside = ''): string =>
      `{"a":${'['.repeat(levels - 1)}${inside}${']'.repeat(levels - 1)}}`;

    it('reads 100 levels', () => {
      expect(read(nested(100))).toMatchObject({ ok: true });
    });

    it.each([101, 102, 100_000])('refuses %d levels, and keeps its bytes', (levels) => {
      const text = nested(levels);
      expect(read(text, 1_000_000)).toEqual({
        ok: false,
        problem: expect.stringMatching(/^The JSON is nested more than 100 levels deep; /),
        raw: Buffer.from(text),
      });
    });

    it('refuses objects in objects', () => {
      expect(read('{"a":'.repeat(101) + '1' + '}'.repeat(101))).toMatchObject({
        ok: false,
        problem: expect.stringContaining('nested'),
      });
    });

    it('counts neither brackets in strings nor closed ones', () => {
      const texts = ['['.repeat(150), '\\"{'.repeat(150), '\\', `ü"[${'{'.repeat(150)}`];
      expect(read(JSON.stringify(texts), 5000)).toEqual({ ok: true, value: texts });
      const wide = Array.from({ length: 300 }, () => [{}]);
      expect(read(JSON.stringify(wide), 5000)).toEqual({ ok: true, value: wide });
    });
  });

  it('quotes nothing of the body, which may contain a token', () => {
    expect(read('secret-token')).toMatchObject({ problem: expect.not.stringContaining('secret') });
  });
});
