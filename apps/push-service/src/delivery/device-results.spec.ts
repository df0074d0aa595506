import type { DeviceResult } from '@push/contracts';
import { FakeClaimStore, type Claim } from '@push/idempotency';
import { carriedResults, carryingHeaders, DeviceResults } from './device-results';
import { rejected, withTime, type Outcome } from './outcome';

const result = (fingerprint: string, status: 'delivered' | 'failed'): DeviceResult => ({
  device: 'a...z',
  fingerprint,
  status,
});
const DELIVERED = result('a', 'delivered');

describe('DeviceResults', () => {
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

  it('contain those of the claim and of the message, each once', async () => {
    const other = result('b', 'failed');
    const results = new DeviceResults([DELIVERED, other], await claimOn(DELIVERED));
    expect(results.all).toEqual([DELIVERED, other]);
    expect([results.has('a'), results.has('b'), results.has('c')]).toEqual([true, true, false]);
  });

  it('leave out a record that cannot be read', async () => {
    expect(new DeviceResults([], await claimOn(null, 'text', { status: 'perhaps' })).all).toEqual(
      [],
    );
  });

  it.each([
    ['the claim', [result('a', 'failed')], [DELIVERED]],
    ['the message', [DELIVERED], [result('a', 'failed')]],
  ])('keep a delivery where only %s has it', async (_, carried, recorded) => {
    expect(new DeviceResults(carried, await claimOn(...recorded)).all).toEqual([DELIVERED]);
  });

  it('are written into a claim that lacks them', async () => {
    const claim = await claimOn(DELIVERED);
    const written: string[] = [];
    claim.recordDevice = async (fingerprint) => {
      await Promise.resolve();
      written.push(fingerprint);
    };
    await new DeviceResults([DELIVERED, result('b', 'failed')], claim).recordCarried(claim);
    expect(written).toEqual(['b']);
  });

  const duplicate: Outcome = { kind: 'duplicate', first: withTime(rejected('no_device', 'none')) };
  it.each<Outcome>([
    duplicate,
    { kind: 'deferred', reason: 'rate_limited', delayMs: 1 },
    { kind: 'interrupted', cause: 'fcm' },
    { kind: 'delivered', devices: [DELIVERED, result('b', 'failed')], attempts: 2 },
  ])('do not change an outcome that is $kind', (outcome) => {
    expect(new DeviceResults([DELIVERED]).applyTo(outcome, 0)).toBe(outcome);
  });
});

describe('device results that travel with their message', () => {
  it('are read as they were written', () => {
    const device = {
      device: 'a...z',
      fingerprint: 'f',
      status: 'failed' as const,
      error_code: 'X',
    };
    expect(carriedResults(carryingHeaders([device])['x-device-results'])).toEqual([device]);
  });

  it.each([undefined, '', 'no JSON', '{}', '[{"status":"perhaps"}]', '[null]'])(
    'are none where the header is %p',
    (header) => {
      expect(carriedResults(header)).toEqual([]);
    },
  );
});
