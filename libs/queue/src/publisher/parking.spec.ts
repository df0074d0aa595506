import { HEADERS } from '@push/contracts';
import { copiedProperties, delayFor, parkingHeaders, withoutForeignHeaders } from './parking';

const parkable = (properties: object): Parameters<typeof copiedProperties>[0] => ({
  content: Buffer.alloc(0),
  properties,
});

describe('parking', () => {
  it.each([
    [0, 1000],
    [1000, 1000],
    [1001, 5000],
    [1_800_000, 1_800_000],
    [9_000_000, 1_800_000],
  ])('a delay of %d ms is waited for %d ms', (delayMs, waitedMs) => {
    expect(delayFor(delayMs)).toBe(waitedMs);
  });

  it('counts from any number of parkings, and from one where the header is none', () => {
    const count = (parked: unknown): number | undefined =>
      parkingHeaders(parkable({ headers: { [HEADERS.parked]: parked } }), 0, 0)[HEADERS.parked];
    expect([count(undefined), count(1), count(7), count('nonsense')]).toEqual([1, 2, 8, 1]);
  });

  it('leaves a message its trace where it loses its other headers, if that is one', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headersOf = (headers: Record<string, unknown>) =>
      withoutForeignHeaders(parkable({ headers: { theirs: 1, ...headers } })).properties.headers;
    expect(headersOf({ traceparent, tracestate: 'a=1' })).toEqual({
      traceparent,
      tracestate: 'a=1',
    });
    expect(headersOf({ traceparent: 'nonsense' })).toEqual({});
  });

  it('names the instant before which the message is not to be worked on', () => {
    expect(parkingHeaders(parkable({}), 300, 1000)[HEADERS.notBefore]).toBe(1300);
  });

  it("copies what is the message's own, not what brokers or one delivery added", () => {
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
