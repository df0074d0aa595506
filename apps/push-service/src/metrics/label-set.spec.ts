import { LabelSet } from './label-set';

describe('LabelSet', () => {
  it('keeps words as they are', () => {
    const labels = new LabelSet();
    expect(labels.of('user_not_found')).toBe('user_not_found');
    expect(labels.of('UNREGISTERED')).toBe('UNREGISTERED');
  });

  it.each(['', 'a sentence', 'x'.repeat(49), '7', 'a"b', 'a\nb'])('takes %j for other', (value) => {
    expect(new LabelSet().of(value)).toBe('other');
  });

  it('has no more different values than its limit, and keeps those it has', () => {
    const labels = new LabelSet(2);
    expect(['a', 'b', 'c', 'a'].map((value) => labels.of(value))).toEqual(['a', 'b', 'other', 'a']);
  });
});
