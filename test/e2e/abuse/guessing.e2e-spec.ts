import { ADMIN_KEY, Abused, expectRefusal, request } from './abuse.harness';

const ALLOWED = 5;

describe('somebody who guesses keys', () => {
  let abused: Abused;

  beforeAll(async () => {
    abused = await Abused.start({ ADMIN_WRONG_KEYS_PER_MINUTE: String(ALLOWED) });
  });
  afterEach(() => abused.expectUnharmed());
  afterAll(() => abused.stop());

  const ask = (...headers: string[]) =>
    abused.raw('push-service', request('GET', '/api/v1/admin/whoami', { headers }));

  it('is told nothing of how near a guess is, is soon not listened to, and stands in no log', async () => {
    const guesses = [
      'X-Api-Key: a',
      `X-Api-Key: ${ADMIN_KEY.slice(0, -1)}`,
      `Authorization: Bearer ${ADMIN_KEY.toUpperCase()}`,
      `X-Api-Key: alice:${ADMIN_KEY}`,
      `X-Api-Key: ${'x'.repeat(10_000)}`,
    ];
    const told = new Set<string>();
    for (const guess of guesses) {
      const answer = await ask(guess);
      expectRefusal(answer, 401);
      told.add(JSON.stringify(answer.body));
    }
    expect(told.size).toBe(1);
    // From now on the right key is not looked at either: it could be the next guess.
    for (const from of ['', 'X-Forwarded-For: 10.1.2.3', 'X-Real-Ip: 10.1.2.4']) {
      const answer = await ask(`X-Api-Key: ${ADMIN_KEY}`, ...(from === '' ? [] : [from]));
      expectRefusal(answer, 429);
      expect(answer.head).toMatch(/retry-after: \d+/i);
    }
    expect(JSON.stringify(abused.log('push-service'))).not.toContain(ADMIN_KEY.slice(0, -1));
  });
});
