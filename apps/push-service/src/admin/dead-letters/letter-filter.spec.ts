import { decodeDeadLetter } from '@push/contracts';
import { matcherOf, letterFilterSchema } from './letter-filter';
import { letterIdOf } from './letter-id';

const letter = decodeDeadLetter({
  content: Buffer.from(
    JSON.stringify({
      request_id: 'r',
      error: 'There is no User u',
      error_code: 'user_not_found',
      failed_at: '2026-11-24T12:00:00.000Z',
      attempts: 2,
      original_message: { user_id: 'u' },
    }),
  ),
  properties: {},
});

describe('a filter of dead letters', () => {
  it.each([
    [{}, true],
    [{ error_code: 'user_not_found' }, true],
    [{ error_code: 'user_not' }, false],
    [{ user_id: 'u', request_id: 'r' }, true],
    [{ user_id: 'u', request_id: 'other' }, false],
    [{ text: 'no USER' }, true],
    [{ text: 'nothing' }, false],
    [{ from: '2026-11-24T12:00:00Z' }, true],
    [{ to: '2026-11-24T12:00:00Z' }, false],
    [{ from: '2026-11-24', to: '2026-11-25' }, true],
    [{ from: '2026-11-24T13:00:00+02:00', to: '2026-11-24T12:00:01Z' }, true],
  ])('%j', (filter, chosen) => {
    expect(matcherOf(filter)(letter)).toBe(chosen);
  });

  it('chooses no letter by time of which nothing says when it failed', () => {
    const timeless = decodeDeadLetter({ content: Buffer.from('{}'), properties: {} });
    expect(matcherOf({ from: '1970-01-01' })(timeless)).toBe(false);
    expect(matcherOf({})(timeless)).toBe(true);
  });

  it.each([{ colour: 'red' }, { from: 'soon' }, { error_code: '' }, { user_id: 7 }])(
    'refuses %j',
    (filter) => {
      expect(letterFilterSchema.safeParse(filter).success).toBe(false);
    },
  );
});

describe('the id of a dead letter', () => {
  const content = Buffer.from('{}');

  it('is the same for the same message, and another for another', () => {
    const id = letterIdOf({ content, properties: { messageId: 'm' } });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(letterIdOf({ content, properties: { messageId: 'm', headers: { a: 1 } } })).toBe(id);
    expect(letterIdOf({ content, properties: { messageId: 'n' } })).not.toBe(id);
    expect(letterIdOf({ content: Buffer.from('[]'), properties: { messageId: 'm' } })).not.toBe(id);
  });

  it('is the same for the copy of a message that has no id', () => {
    expect(letterIdOf({ content, properties: { messageId: '' } })).toBe(
      letterIdOf({ content, properties: {} }),
    );
  });
});
