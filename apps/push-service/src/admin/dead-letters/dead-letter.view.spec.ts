import { deadLetterId, maskLongWords, maskTokens } from './dead-letter.view';

const TOKEN = 'dGVzdC10b2tlbg:APA91bF-and-more-of-it';

describe('masking of device tokens', () => {
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
  ])('masks the value of %s at any depth', (field, value) => {
    const shown = JSON.stringify(maskTokens({ a: [{ data: { [field]: value, kept: 'me' } }] }));
    expect(shown).not.toContain(TOKEN);
    expect(shown).toContain('"kept":"me"');
  });

  it('masks a very long word anywhere, but no links and ids', () => {
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

  it('masks a token that is the name of a field', () => {
    const shown = maskTokens({ results: { [`${TOKEN}-of-usual-length`]: 'ok' } });
    expect(shown).toEqual({ results: { 'dGVz...ngth': 'ok' } });
  });

  it('masks everything below a depth of a hundred levels', () => {
    let deep: unknown = TOKEN;
    for (let n = 0; n < 5000; n += 1) deep = [deep];
    expect(JSON.stringify(maskTokens(deep))).not.toContain(TOKEN);
  });

  it('masks every long word of a text without fields', () => {
    expect(maskLongWords(`{"push_token":"${TOKEN}", broken`)).not.toContain(TOKEN);
  });
});

describe('the id of a dead letter', () => {
  const content = Buffer.from('{}');

  it('is the same for the same message, and different for another one', () => {
    const id = deadLetterId({ content, properties: { messageId: 'm' } });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(deadLetterId({ content, properties: { messageId: 'm', headers: { a: 1 } } })).toBe(id);
    expect(deadLetterId({ content, properties: { messageId: 'n' } })).not.toBe(id);
    expect(deadLetterId({ content: Buffer.from('[]'), properties: { messageId: 'm' } })).not.toBe(
      id,
    );
  });

  it('is the same for a copy of a message without message id', () => {
    expect(deadLetterId({ content, properties: { messageId: '' } })).toBe(
      deadLetterId({ content, properties: {} }),
    );
  });
});
