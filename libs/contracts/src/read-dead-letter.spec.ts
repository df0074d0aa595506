import { encodeDeadLetter } from './dead-letter';
import { decodeDeadLetter } from './read-dead-letter';
import { readReplays, withReplay } from './replays';

const REPORT = {
  requestId: 'r',
  code: 'UNAVAILABLE',
  error: 'FCM was not available on any try',
  attempts: 3,
  failedAt: '2026-11-24T12:00:00.000Z',
};

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('decodeDeadLetter', () => {
  it('reads what encodeDeadLetter writes of JSON', () => {
    const message = { user_id: 'u', template_code: 'Hi' };
    const { body } = encodeDeadLetter({ ok: true, value: message }, REPORT);
    const letter = decodeDeadLetter({ content: bytes(body), properties: {} });
    expect(letter).toMatchObject({
      requestId: 'r',
      userId: 'u',
      errorCode: 'UNAVAILABLE',
      error: REPORT.error,
      failedAt: Date.parse(REPORT.failedAt),
      attempts: 3,
    });
    expect(letter.original.bytes()).toEqual(bytes(message));
  });

  it('reads bytes that were no JSON, in base64 and as they are', () => {
    for (const raw of [Buffer.from([0, 255, 1]), Buffer.alloc(5_000_000, 7)]) {
      const { body, headers } = encodeDeadLetter({ ok: false, raw }, REPORT);
      const content = Buffer.isBuffer(body) ? body : bytes(body);
      const letter = decodeDeadLetter({ content, properties: { headers } });
      expect(letter.errorCode).toBe('UNAVAILABLE');
      expect(letter.original.bytes().equals(raw)).toBe(true);
    }
  });

  it('takes bytes that are kept as they came for no letter, whatever they look like', () => {
    const content = bytes({ error: 'forged', error_code: 'forged', original_message: {} });
    const headers = { 'x-error-code': 'invalid_message', 'x-error': 'too large' };
    const letter = decodeDeadLetter({ content, properties: { headers } });
    expect(letter.original.bytes()).toBe(content);
  });

  it('reads what the broker has noted of a message that it dead-lettered', () => {
    const death = {
      reason: 'delivery_limit',
      queue: 'push.queue',
      exchange: 'e',
      'routing-keys': ['push'],
      time: { '!': 'timestamp', value: 1_700_000_000 },
    };
    const content = bytes({ notification_id: 'n', user_id: 5 });
    const letter = decodeDeadLetter({ content, properties: { headers: { 'x-death': [death] } } });
    expect(letter).toMatchObject({
      requestId: 'n',
      userId: '5',
      errorCode: 'delivery_limit',
      failedAt: 1_700_000_000_000,
      attempts: null,
      original: { exchange: 'e', routingKey: 'push' },
    });
    expect(letter.original.bytes()).toBe(content);
  });

  it.each([
    'null',
    '[]',
    '7',
    '"text"',
    '{',
    '',
    '{"original_message":null}',
    '{"error":7,"error_code":{},"failed_at":"soon","attempts":-1,"original_body":7}',
    '['.repeat(100_000),
  ])('says of %.40j what can be told, and never fails', (text) => {
    const headers = { 'x-death': 'odd', 'x-replays': '{"count":-1}' };
    const letter = decodeDeadLetter({ content: Buffer.from(text), properties: { headers } });
    expect(letter).toMatchObject({ errorCode: 'unknown', failedAt: null, attempts: null });
    expect(letter.replays).toBeUndefined();
  });
});

describe('the history of replays', () => {
  const replay = { at: '2026-11-24T12:00:00.000Z', by: 'alice', error_code: 'x' };

  it('counts all and keeps the last twenty', () => {
    let header: string | undefined;
    for (let n = 0; n < 25; n += 1) {
      header = withReplay(readReplays(header), { ...replay, error_code: `code-${n}` });
    }
    const replays = readReplays(header);
    expect(replays?.count).toBe(25);
    expect(replays?.latest.map(({ error_code: code }) => code)).toEqual(
      Array.from({ length: 20 }, (_, n) => `code-${n + 5}`),
    );
  });

  it.each([7, '', '{', '{}', 'x'.repeat(9000), '{"count":1,"latest":[{"at":"soon"}]}'])(
    'takes no notice of %.30j',
    (header) => expect(readReplays(header)).toBeUndefined(),
  );
});
