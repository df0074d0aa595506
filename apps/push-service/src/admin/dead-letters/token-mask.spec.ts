import { maskLongWords, maskTokens } from './token-mask';

const TOKEN = 'dGVzdC10b2tlbg:APA91bF-and-more-of-it';

describe('the mask over device tokens', () => {
  it.each([
    ['push_token', TOKEN],
    ['push_tokens', [TOKEN]],
    ['device_token', TOKEN],
    ['device_tokens', [TOKEN, TOKEN]],
    ['recipient', { any: { shape: [TOKEN] } }],
    ['to', [TOKEN]],
    ['deviceToken', TOKEN],
    ['registration_ids', [TOKEN]],
    ['x-api-key', TOKEN],
    ['Authorization', `Bearer ${TOKEN}`],
  ])('hides what stands in %s, at any depth', (field, value) => {
    const shown = JSON.stringify(maskTokens({ a: [{ data: { [field]: value, kept: 'me' } }] }));
    expect(shown).not.toContain(TOKEN);
    expect(shown).toContain('"kept":"me"');
  });

  it('hides a very long word wherever it stands, and leaves links and ids', () => {
    const long = 'x'.repeat(140);
    const shown = maskTokens({
      body: `Hi ${long}`,
      link: `https://example.com/${long}`,
      request_id: '3f0c2a6e-9d0b-4a68-9c1c-6f2f6f3f9d10',
    });
    expect(shown).toEqual({
      body: 'Hi xxxx...xxxx',
      link: `https://example.com/${long}`,
      request_id: '3f0c2a6e-9d0b-4a68-9c1c-6f2f6f3f9d10',
    });
  });

  it('hides a token that is the name of a field', () => {
    const shown = maskTokens({ results: { [`${TOKEN}-of-usual-length`]: 'ok' } });
    expect(shown).toEqual({ results: { 'dGVz...ngth': 'ok' } });
  });

  it('shows nothing below a hundred levels, instead of failing', () => {
    let deep: unknown = TOKEN;
    for (let n = 0; n < 5000; n += 1) deep = [deep];
    expect(JSON.stringify(maskTokens(deep))).not.toContain(TOKEN);
  });

  it('hides every long word of a text without fields', () => {
    expect(maskLongWords(`{"push_token":"${TOKEN}", broken`)).not.toContain(TOKEN);
  });
});
