import { decodeDeadLetter, encodeDeadLetter } from './dead-letter';
import { readReplays, withReplay } from './replays';

const REASON = {
  requestId: 'r',
  code: 'UNAVAILABLE',
  error: 'FCM was not available on any try',
  attempts: 3,
  failedAt: '2026-11-24T12:00:00.000Z',
};

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('decodeDeadLetter', () => {
  it('reads what encodeDeadLetter writes for a JSON message', () => {
    const message = { user_id: 'u', template_code: 'Hi' };
    const { body } = encodeDeadLetter({ ok: true, value: message }, REASON);
    const deadLetter = decodeDeadLetter({ content: bytes(body), properties: {} });
    expect(deadLetter).toMatchObject({
      requestId: 'r',
      userId: 'u',
      errorCode: 'UNAVAILABLE',
      error: REASON.error,
      failedAt: Date.parse(REASON.failedAt),
      attempts: 3,
    });
    expect(deadLetter.original.bytes()).toEqual(bytes(message));
  });

  it('reads bytes that are not JSON, in base64 and unchanged', () => {
    for (const raw of [Buffer.from([0, 255, 1]), Buffer.alloc(5_000_000, 7)]) {
      const { body, headers } = encodeDeadLetter({ ok: false, raw }, REASON);
      const content = Buffer.isBuffer(body) ? body : bytes(body);
      const deadLetter = decodeDeadLetter({ content, properties: { headers } });
      expect(deadLetter.errorCode).toBe('UNAVAILABLE');
      expect(deadLetter.original.bytes().equals(raw)).toBe(true);
    }
  });

  it('does not read a body that was kept unchanged as a dead letter, even if it looks like one', () => {
    const content = bytes({ error: 'forged', error_code: 'forged', original_message: {} });
    const headers = { 'x-error-code': 'invalid_message', 'x-error': 'too large' };
    const deadLetter = decodeDeadLetter({ content, properties: { headers } });
    expect(deadLetter.original.bytes()).toBe(content);
  });

  it('reads the x-death header of a message that the broker dead-lettered', () => {
    const death = {
      reason: 'delivery_limit',
      queue: 'push.queue',
      exchange: 'e',
      'routing-keys': ['push'],
      time: { '!': 'timestamp', value: 1_700_000_000 },
    };
    const content = bytes({ notification_id: 'n', user_id: 5 });
    const deadLetter = decodeDeadLetter({
      content,
      properties: { headers: { 'x-death': [death] } },
    });
    expect(deadLetter).toMatchObject({
      requestId: 'n',
      userId: '5',
      errorCode: 'delivery_limit',
      failedAt: 1_700_000_000_000,
      attempts: null,
      original: { exchange: 'e', routingKey: 'push' },
    });
    expect(deadLetter.original.bytes()).toBe(content);
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
  ])('reads what it can from %.40j and never throws', (text) => {
    const headers = { 'x-death': 'odd', 'x-replays': '{"count":-1}' };
    const deadLetter = decodeDeadLetter({ content: Buffer.from(text), properties: { headers } });
    expect(deadLetter).toMatchObject({ errorCode: 'unknown', failedAt: null, attempts: null });
    expect(deadLetter.replays).toBeUndefined();
  });
});

describe('replays header', () => {
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
    'ignores %.30j',
    (header) => expect(readReplays(header)).toBeUndefined(),
  );
});
