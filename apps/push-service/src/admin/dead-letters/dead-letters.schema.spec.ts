import { decodeDeadLetter } from '@push/contracts';
import { filterSchema, matcherOf } from './dead-letters.schema';

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
  ])('with %j matches: %j', (filter, matched) => {
    expect(matcherOf(filter)(letter)).toBe(matched);
  });

  it('matches no range of time where the time of failure is unknown', () => {
    const timeless = decodeDeadLetter({ content: Buffer.from('{}'), properties: {} });
    expect(matcherOf({ from: '1970-01-01' })(timeless)).toBe(false);
    expect(matcherOf({})(timeless)).toBe(true);
  });

  it.each([{ colour: 'red' }, { from: 'soon' }, { error_code: '' }, { user_id: 7 }])(
    'refuses %j',
    (filter) => {
      expect(filterSchema.safeParse(filter).success).toBe(false);
    },
  );
});
