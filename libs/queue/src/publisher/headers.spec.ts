import { checkHeaders, ownHeaders, shortString } from './headers';

describe('checkHeaders', () => {
  it('lets through all that AMQP can carry', () => {
    const timestamp = { '!': 'timestamp', value: 1 };
    const nested = { a: [1, 'b', true, null, Buffer.from('c'), { d: 1.5 }] };
    expect(() => checkHeaders({ timestamp, nested, undefined })).not.toThrow();
  });

  it.each([
    ['a function', { f: () => 1 }],
    ['a bigint', { n: 1n }],
    ['no number', { n: NaN }],
    ['too long a name', { [`n${'x'.repeat(255)}`]: 1 }],
    ['too much in all', { a: 'x'.repeat(30_000), b: [{ c: 'x'.repeat(30_000) }] }],
  ])('refuses %s', (_, headers) => {
    expect(() => checkHeaders(headers)).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', retryable: false }),
    );
  });
});

describe('ownHeaders', () => {
  it('leaves out what brokers set and what steers one', () => {
    const brokers = { 'x-death': [], 'x-first-death-queue': 'q', 'x-delivery-count': 3 };
    const orders = { CC: ['push'], BCC: ['push'] };
    expect(ownHeaders({ mine: 'kept', ...brokers, ...orders })).toEqual({ mine: 'kept' });
    expect(ownHeaders()).toEqual({});
  });
});

describe('shortString', () => {
  it.each(['', 'id', 'ü'.repeat(127)])('leaves %j as it is', (text) => {
    expect(shortString(text)).toBe(text);
  });

  it.each(['x'.repeat(256), 'ü'.repeat(200), '😀'.repeat(100), `x${'😀'.repeat(100)}`])(
    'cuts what is longer than 255 bytes',
    (text) => {
      const cut = shortString(text);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(255);
      expect(text.startsWith(cut.slice(0, 50))).toBe(true);
    },
  );
});
