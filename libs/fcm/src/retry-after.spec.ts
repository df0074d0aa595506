import { parseRetryAfter } from './refusal';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1500],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999999', 86_400_000],
  ])('reads %s', (value, ms) => expect(parseRetryAfter(value, NOW)).toBe(ms));

  it.each([undefined, '', 'soon', '-5'])('takes %s for none', (value) =>
    expect(parseRetryAfter(value, NOW)).toBeUndefined(),
  );
});
