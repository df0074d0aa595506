import { loadConfig } from '@push/config';
import { FakeClaimStore, type Claim, type ClaimAnswer } from '@push/idempotency';
import { Admission } from './admission';
import { DeliveryConfig } from './delivery.config';

const LEASE_MS = 1000;

describe('Admission', () => {
  let now: number;
  let claims: FakeClaimStore;

  beforeEach(() => {
    now = 0;
    claims = new FakeClaimStore({ leaseMs: LEASE_MS, now: () => now });
  });

  const admission = (store: FakeClaimStore, env = {}) =>
    new Admission(store, loadConfig([DeliveryConfig], env).get(DeliveryConfig) as DeliveryConfig);

  /** Another worker takes the request and dies with it; its lease runs out. */
  const crashWith = async (requestId: string): Promise<void> => {
    const worker = claims.anotherWorker();
    await worker.claim(requestId);
    worker.crash();
    now += LEASE_MS;
  };

  const claimOf = (answer: ClaimAnswer): Claim => {
    if (answer.state !== 'claimed') throw new Error(answer.state);
    return answer.claim;
  };

  it('works on requests side by side, one that was taken over once too', async () => {
    const gate = admission(claims);
    await crashWith('b');
    const working: string[] = [];
    const held = new Promise<void>((resolve) => {
      const work = (id: string) => async () => {
        working.push(id);
        if (working.length === 2) resolve();
        await held;
      };
      void gate.admit('a', work('a'));
      void gate.admit('b', work('b'));
    });
    await held;
    expect(working).toEqual(['a', 'b']);
  });

  it('works on what was taken over twice alone among its like; those that wait hold no claim', async () => {
    for (const id of ['a', 'b']) for (let n = 0; n < 3; n += 1) await crashWith(id);
    const gate = admission(claims);
    let finish = (): void => undefined;
    const begun: string[] = [];
    const first = gate.admit('a', async () => {
      begun.push('a');
      await new Promise<void>((resolve) => (finish = resolve));
    });
    const second = gate.admit('b', async (answer) => {
      begun.push('b');
      return claimOf(answer).takeOvers;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(['a']);
    // Were the process to die now, b would be taken without a take-over.
    const other = claimOf(await claims.anotherWorker().claim('b'));
    expect(other.takenOver).toBe(false);
    await other.release();
    finish();
    await first;
    expect(await second).toBe(3);
  });

  it('lets the next suspect in where the work of one has failed', async () => {
    for (const id of ['a', 'b']) for (let n = 0; n < 3; n += 1) await crashWith(id);
    const gate = admission(claims);
    const failing = gate.admit('a', () => Promise.reject(new Error('as scripted')));
    await expect(failing).rejects.toThrow('as scripted');
    expect(await gate.admit('b', (answer) => Promise.resolve(answer.state))).toBe('claimed');
  });

  it('gives up what was taken over, or delivered, as often as is configured', async () => {
    const gate = admission(claims, { GIVE_UP_AFTER_DELIVERIES: '3' });
    const isGivenUp = (deliveries: number) =>
      gate.admit('r', async (answer) => {
        const claim = claimOf(answer);
        const given = gate.isGivenUp(deliveries, claim);
        await claim.release();
        return given;
      });
    expect([await isGivenUp(2), await isGivenUp(3)]).toEqual([false, true]);
    for (let n = 0; n < 2; n += 1) await crashWith('r');
    expect(await isGivenUp(0)).toBe(false);
    await crashWith('r');
    expect(await isGivenUp(0)).toBe(true);
  });
});
