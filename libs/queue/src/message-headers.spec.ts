import { HEADERS } from '@push/contracts';
import {
  checkHeaders,
  copiedProperties,
  delayFor,
  ownHeaders,
  parkingHeaders,
  shortString,
  withoutForeignHeaders,
} from './message-headers';

describe('checkHeaders', () => {
  it('accepts every value that AMQP can carry', () => {
    const timestamp = { '!': 'timestamp', value: 1 };
    const nested = { a: [1, 'b', true, null, Buffer.from('c'), { d: 1.5 }] };
    expect(() => checkHeaders({ timestamp, nested, undefined })).not.toThrow();
  });

  it.each([
    ['a function', { f: () => 1 }],
    ['a bigint', { n: 1n }],
    ['NaN', { n: NaN }],
    ['a name that is too long', { [`n${'x'.repeat(255)}`]: 1 }],
    [
      'headers that are too large together',
      { a: 'x'.repeat(30_000), b: [{ c: 'x'.repeat(30_000) }] },
    ],
  ])('refuses %s', (_, headers) => {
    expect(() => checkHeaders(headers)).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', retryable: false }),
    );
  });
});

describe('ownHeaders', () => {
  it('leaves out headers that brokers set and headers that route', () => {
    const setByBrokers = { 'x-death': [], 'x-first-death-queue': 'q', 'x-delivery-count': 3 };
    const routing = { CC: ['push'], BCC: ['push'] };
    expect(ownHeaders({ mine: 'kept', ...setByBrokers, ...routing })).toEqual({ mine: 'kept' });
    expect(ownHeaders()).toEqual({});
  });
});

describe('shortString', () => {
  it.each(['', 'id', 'ü'.repeat(127)])('keeps %j', (text) => {
    expect(shortString(text)).toBe(text);
  });

  it.each(['x'.repeat(256), 'ü'.repeat(200), '😀'.repeat(100), `x${'😀'.repeat(100)}`])(
    'truncates a text that is longer than 255 bytes',
    (text) => {
      const cut = shortString(text);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(255);
      expect(text.startsWith(cut.slice(0, 50))).toBe(true);
    },
  );
});

const parkable = (properties: object): Parameters<typeof copiedProperties>[0] => ({
  content: Buffer.alloc(0),
  properties,
});

describe('headers of copies', () => {
  it.each([
    [0, 1000],
    [1000, 1000],
    [1001, 5000],
    [1_800_000, 1_800_000],
    [9_000_000, 1_800_000],
  ])('a delay of %d ms is parked for %d ms', (delayMs, parkedMs) => {
    expect(delayFor(delayMs)).toBe(parkedMs);
  });

  it('increments the parked count, and starts at one where the header is missing or invalid', () => {
    const count = (parked: unknown): number | undefined =>
      parkingHeaders(parkable({ headers: { [HEADERS.parked]: parked } }), 0, 0)[HEADERS.parked];
    expect([count(undefined), count(1), count(7), count('nonsense')]).toEqual([1, 2, 8, 1]);
  });

  it('keeps a valid trace where a message loses its other headers', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headersOf = (headers: Record<string, unknown>) =>
      withoutForeignHeaders(parkable({ headers: { theirs: 1, ...headers } })).properties.headers;
    expect(headersOf({ traceparent, tracestate: 'a=1' })).toEqual({
      traceparent,
      tracestate: 'a=1',
    });
    expect(headersOf({ traceparent: 'nonsense' })).toEqual({});
  });

  it('sets the time before which the message must not be processed', () => {
    expect(parkingHeaders(parkable({}), 300, 1000)[HEADERS.notBefore]).toBe(1300);
  });

  it('copies the properties of the message, not those of brokers or of one delivery', () => {
    const properties = {
      contentType: 'a/b',
      type: 't',
      expiration: '1',
      userId: 'u',
      headers: {
        mine: 1,
        'x-death': [],
        'x-first-death-queue': 'q',
        'x-delivery-count': 1,
        BCC: ['q'],
      },
    };
    const copied = copiedProperties(parkable(properties), { more: 2 });
    expect(copied).toMatchObject({ contentType: 'a/b', type: 't', headers: { mine: 1, more: 2 } });
    expect(Object.keys(copied.headers as object)).toEqual(['mine', 'more']);
    expect(copied).not.toHaveProperty('expiration');
    expect(copied).not.toHaveProperty('userId');
  });
});
