import type { DeviceResult } from '@push/contracts';
import { FakeClaimStore, type Claim } from '@push/idempotency';
import { Answers } from './answers';
import { ending, rejected, type Outcome } from './outcome';

const result = (fingerprint: string, status: 'delivered' | 'failed'): DeviceResult => ({
  device: 'a...z',
  fingerprint,
  status,
});
const SHOWN = result('a', 'delivered');

describe('Answers', () => {
  let claims: FakeClaimStore;

  beforeEach(() => {
    claims = new FakeClaimStore();
  });

  /** A claim whose earlier holder has recorded these. */
  const claimOn = async (...records: unknown[]): Promise<Claim> => {
    const first = await claims.claim('r');
    if (first.state !== 'claimed') throw new Error(first.state);
    for (const [n, record] of records.entries()) await first.claim.recordDevice(String(n), record);
    await first.claim.release();
    const answer = await claims.claim('r');
    if (answer.state !== 'claimed') throw new Error(answer.state);
    return answer.claim;
  };

  it('are those of the claim and of the message, each once', async () => {
    const other = result('b', 'failed');
    const answers = new Answers([SHOWN, other], await claimOn(SHOWN));
    expect(answers.all).toEqual([SHOWN, other]);
    expect([answers.has('a'), answers.has('b'), answers.has('c')]).toEqual([true, true, false]);
  });

  it('leave out a record that cannot be read', async () => {
    expect(new Answers([], await claimOn(null, 'text', { status: 'perhaps' })).all).toEqual([]);
  });

  it.each([
    ['the claim', [result('a', 'failed')], [SHOWN]],
    ['the message', [SHOWN], [result('a', 'failed')]],
  ])('say delivered of a device where only %s does', async (_, carried, recorded) => {
    expect(new Answers(carried, await claimOn(...recorded)).all).toEqual([SHOWN]);
  });

  it('are written into a claim as far as it does not know them', async () => {
    const claim = await claimOn(SHOWN);
    const written: string[] = [];
    claim.recordDevice = async (fingerprint) => {
      await Promise.resolve();
      written.push(fingerprint);
    };
    await new Answers([SHOWN, result('b', 'failed')], claim).recordCarried(claim);
    expect(written).toEqual(['b']);
  });

  const duplicate: Outcome = { kind: 'duplicate', first: ending(rejected('no_device', 'none')) };
  it.each<Outcome>([
    duplicate,
    { kind: 'deferred', reason: 'rate_limited', delayMs: 1 },
    { kind: 'interrupted', cause: 'fcm' },
    { kind: 'delivered', devices: [SHOWN, result('b', 'failed')], attempts: 2 },
  ])('leave an outcome as it is that is $kind', (outcome) => {
    expect(new Answers([SHOWN]).end(outcome, 0)).toBe(outcome);
  });
});
