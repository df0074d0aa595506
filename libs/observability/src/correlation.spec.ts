import { correlationIdOf, isCorrelationId, newCorrelationId } from './correlation';

describe('isCorrelationId', () => {
  it.each(['a', 'demo-req-123', 'trace id with spaces', '~'.repeat(128), newCorrelationId()])(
    'accepts %s',
    (id) => expect(isCorrelationId(id)).toBe(true),
  );

  it.each([
    '',
    ' ',
    ' a',
    'a ',
    'a\nb',
    'a\r\nset-cookie: x',
    'caf\u00e9',
    '~'.repeat(129),
    7,
    null,
    ['a'],
  ])('refuses %j', (id) => expect(isCorrelationId(id)).toBe(false));
});

describe('correlationIdOf', () => {
  it('is the id the request was given on arrival', () => {
    expect(correlationIdOf({ id: 'demo-1' })).toBe('demo-1');
  });

  it('is a new one for a request that has none', () => {
    expect(correlationIdOf({})).toMatch(/^[\da-f-]{36}$/);
  });
});
