import { boundedLabel } from './delivery.metrics';

describe('boundedLabel', () => {
  it('keeps single words unchanged', () => {
    const label = boundedLabel();
    expect(label('user_not_found')).toBe('user_not_found');
    expect(label('UNREGISTERED')).toBe('UNREGISTERED');
  });

  it.each(['', 'a sentence', 'x'.repeat(49), '7', 'a"b', 'a\nb'])(
    'replaces %j by other',
    (value) => {
      expect(boundedLabel()(value)).toBe('other');
    },
  );

  it('returns other for a new value once the limit is reached, and keeps the known ones', () => {
    expect(['a', 'b', 'c', 'a'].map(boundedLabel(2))).toEqual(['a', 'b', 'other', 'a']);
  });

  it('has at most 50 values by default', () => {
    const label = boundedLabel();
    const values = Array.from({ length: 500 }, (_, n) => label(`code_${n}`));
    expect(new Set(values).size).toBe(51);
    expect(values.filter((value) => value === 'other')).toHaveLength(450);
  });
});
