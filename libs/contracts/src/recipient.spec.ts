import { parseRecipient } from './recipient';

describe('parseRecipient', () => {
  it('reads an enveloped answer with devices', () => {
    const answer = {
      success: true,
      data: {
        devices: [{ token: 't1', platform: 'iOS', locale: 'fr' }],
        preferences: { push: true },
      },
    };
    expect(parseRecipient('u', answer)).toEqual({
      userId: 'u',
      devices: [{ token: 't1', platform: 'ios', locale: 'fr' }],
      wantsPush: true,
    });
  });

  it('reads a bare answer with one push_token or several push_tokens, each once', () => {
    expect(parseRecipient('u', { push_token: 'a', push_tokens: ['b', 'a'] })?.devices).toEqual([
      { token: 'b' },
      { token: 'a' },
    ]);
  });

  it('finds no device where there is none, and reads the opt-out', () => {
    expect(parseRecipient('u', { push_token: null, preferences: { push: false } })).toEqual({
      userId: 'u',
      devices: [],
      wantsPush: false,
    });
  });

  it.each([null, 'text', 7, [], { devices: 'none' }, { success: false, data: null }])(
    'does not read %j as a user',
    (answer) => {
      expect(parseRecipient('u', answer)).toBeUndefined();
    },
  );
});
