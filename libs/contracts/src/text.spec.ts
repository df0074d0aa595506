import { maskToken, tokenFingerprint } from './text';

describe('maskToken', () => {
  it('shows the ends of a long token and nothing of a short one', () => {
    expect(maskToken('abcdefghijklmnopqrstuvwxyz')).toBe('abcd...wxyz');
    expect(maskToken('short-token')).toBe('...');
  });
});

describe('tokenFingerprint', () => {
  it('is stable and differs between tokens', () => {
    expect(tokenFingerprint('a')).toBe(tokenFingerprint('a'));
    expect(tokenFingerprint('a')).not.toBe(tokenFingerprint('b'));
    expect(tokenFingerprint('a')).toHaveLength(24);
  });
});
