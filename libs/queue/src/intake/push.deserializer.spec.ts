import { PushDeserializer } from './push.deserializer';

describe('PushDeserializer', () => {
  const read = (text: string | Buffer, maxBytes = 1000): unknown =>
    new PushDeserializer(maxBytes).deserialize(Buffer.from(text));

  it.each([
    [
      'an object',
      '{"request_id":"r","n":[1,{"a":null}]}',
      { request_id: 'r', n: [1, { a: null }] },
    ],
    ['null', 'null', null],
    ['a list', '[1]', [1]],
    ['a text', '"push"', 'push'],
    ['JSON after a byte order mark', '\ufeff{"a":1}', { a: 1 }],
    ['JSON with space around it', ' \n{"a":1}\r\n', { a: 1 }],
  ])('reads %s', (_, text, value) => {
    expect(read(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['an event of a Nest client', '{"pattern":"push","data":{"a":1}}', { a: 1 }],
    ['a request of a Nest client', '{"pattern":{"cmd":"x"},"data":{"a":1},"id":"7"}', { a: 1 }],
    ['an envelope with nothing in it', '{"pattern":"push","data":null}', null],
  ])('unwraps %s', (_, text, value) => {
    expect(read(text)).toEqual({ ok: true, value });
  });

  it.each(['{"data":{"a":1}}', '{"pattern":"x"}', '{"pattern":"x","data":{},"user_id":"u"}'])(
    'takes for no envelope: %s',
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
  ])('says in words that a body %s, and keeps its bytes', (_, text, problem) => {
    expect(read(text)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
      raw: Buffer.from(text),
    });
  });

  it('quotes nothing of the body, which may hold a token', () => {
    expect(read('secret-token')).toMatchObject({ problem: expect.not.stringContaining('secret') });
  });
});
