import { FakeClaimStore } from '@push/idempotency';
import { ReplayPermit } from './replay-permit';

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

  it('lets a request go again that nothing is known of', async () => {
    expect(await permit.ask('r')).toBe('granted');
  });

  it('forgets how a request has failed', async () => {
    await (await claim()).finish(FAILED);
    expect(await permit.ask('r')).toBe('granted');
    expect(await claims.peek('r')).toEqual({ state: 'unknown' });
  });

  it('forgets how a request was going to fail, once nobody is on it any more', async () => {
    const held = await claim();
    await held.decide(FAILED);
    expect(await permit.ask('r')).toBe('in_progress');
    await held.release();
    expect(await permit.ask('r')).toBe('granted');
    expect(await claims.peek('r')).toEqual({ state: 'unknown' });
  });

  it.each([
    { kind: 'delivered', devices: [], attempts: 1 },
    { kind: 'expired' },
    { kind: 'skipped', reason: 'opted_out' },
  ])('keeps what is known of a request that has ended so: %j', async (end) => {
    await (await claim()).finish(end);
    expect(await permit.ask('r')).toBe('granted');
    expect(await claims.peek('r')).toMatchObject({ state: 'done', result: end });
  });

  it('keeps the devices of a request that was given back', async () => {
    const held = await claim();
    await held.recordDevice('fp', 1);
    await held.release();
    expect(await permit.ask('r')).toBe('granted');
    expect(await claims.peek('r')).toMatchObject({ state: 'open', devices: new Map([['fp', 1]]) });
  });

  it('leaves a request alone that has moved on since it was looked at', async () => {
    await (await claim()).finish(FAILED);
    const peek = claims.peek.bind(claims);
    jest.spyOn(claims, 'peek').mockImplementationOnce(async (requestId) => {
      const view = await peek(requestId);
      await claims.forget(requestId); // the replay of another letter of it
      await (await claim()).finish({ kind: 'delivered', devices: [], attempts: 1 });
      return view;
    });
    expect(await permit.ask('r')).toBe('in_progress');
    expect(await claims.peek('r')).toMatchObject({ result: { kind: 'delivered' } });
  });

  it('leaves a request alone of which nobody can say how it has ended', async () => {
    await (await claim()).finish(null);
    expect(await permit.ask('r')).toBe('unclear');
  });

  it('does not guess while the claims cannot be read', async () => {
    claims.unavailable = true;
    await expect(permit.ask('r')).rejects.toMatchObject({ code: 'CLAIM_STORE_UNAVAILABLE' });
  });
});
