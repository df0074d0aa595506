import { FakeClaimStore } from '@push/idempotency';
import { ReplayPermit } from './dead-letter-replay';

const FAILED = { kind: 'exhausted', code: 'UNAVAILABLE', error: 'e', devices: [], attempts: 3 };

describe('ReplayPermit', () => {
  let claims: FakeClaimStore;
  let permit: ReplayPermit;

  beforeEach(() => {
    claims = new FakeClaimStore();
    permit = new ReplayPermit(claims);
  });

  async function claim() {
    const answer = await claims.claim('r');
    if (answer.state !== 'claimed') throw new Error(answer.state);
    return answer.claim;
  }

  it('grants a request without a claim', async () => {
    expect(await permit.request('r')).toBe('granted');
  });

  it('deletes the record of a failed request', async () => {
    await (await claim()).finish(FAILED);
    expect(await permit.request('r')).toBe('granted');
    expect(await claims.peek('r')).toEqual({ state: 'unknown' });
  });

  it('deletes a failure that was decided, once no worker holds the claim', async () => {
    const held = await claim();
    await held.decide(FAILED);
    expect(await permit.request('r')).toBe('in_progress');
    await held.release();
    expect(await permit.request('r')).toBe('granted');
    expect(await claims.peek('r')).toEqual({ state: 'unknown' });
  });

  it.each([
    { kind: 'delivered', devices: [], attempts: 1 },
    { kind: 'expired' },
    { kind: 'skipped', reason: 'opted_out' },
  ])('keeps the record of this outcome: %j', async (outcome) => {
    await (await claim()).finish(outcome);
    expect(await permit.request('r')).toBe('granted');
    expect(await claims.peek('r')).toMatchObject({ state: 'done', result: outcome });
  });

  it('keeps the device results of a request whose claim was released', async () => {
    const held = await claim();
    await held.recordDevice('fp', 1);
    await held.release();
    expect(await permit.request('r')).toBe('granted');
    expect(await claims.peek('r')).toMatchObject({ state: 'open', devices: new Map([['fp', 1]]) });
  });

  it('refuses a request whose claim has changed since it was read', async () => {
    await (await claim()).finish(FAILED);
    const peek = claims.peek.bind(claims);
    jest.spyOn(claims, 'peek').mockImplementationOnce(async (requestId) => {
      const view = await peek(requestId);
      await claims.forget(requestId); // the replay of another dead letter of it
      await (await claim()).finish({ kind: 'delivered', devices: [], attempts: 1 });
      return view;
    });
    expect(await permit.request('r')).toBe('in_progress');
    expect(await claims.peek('r')).toMatchObject({ result: { kind: 'delivered' } });
  });

  it('refuses a request whose recorded outcome is unreadable', async () => {
    await (await claim()).finish(null);
    expect(await permit.request('r')).toBe('outcome_unknown');
  });

  it('fails while the claims cannot be read', async () => {
    claims.unavailable = true;
    await expect(permit.request('r')).rejects.toMatchObject({ code: 'CLAIM_STORE_UNAVAILABLE' });
  });
});
