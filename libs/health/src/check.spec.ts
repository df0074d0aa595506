import { reason } from './check';

describe('reason', () => {
  it.each([
    [
      new Error('Redis at redis://user:p%40ss@host:6379 is gone'),
      'Redis at redis://host:6379 is gone',
    ],
    [new Error('two\n  lines'), 'two lines'],
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new TypeError(''), 'TypeError'],
    [new TypeError('fetch failed', { cause: new Error('refused') }), 'fetch failed: refused'],
    [new Error('gone (refused)', { cause: new Error('refused') }), 'gone (refused)'],
    ['text', 'text'],
    ['', 'unknown error'],
  ])('describes %p as: %s', (error, text) => expect(reason(error)).toBe(text));

  it('limits its length', () => {
    expect(reason(new Error('x'.repeat(5000)))).toHaveLength(200);
  });
});
