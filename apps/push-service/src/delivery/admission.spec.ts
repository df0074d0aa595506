import { loadConfig } from '@push/config';
import { FakeClaimStore, type Claim, type ClaimAnswer } from '@push/idempotency';
import { Metrics } from '@push/observability';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { Admission } from './admission';
import { DeliveryConfig } from './delivery.config';
import { StoppingError } from './delivery.errors';
import { Beginnings } from './turns';

const LEASE_MS = 1000;

describe('Admission', () => {
  let now: number;
  let claims: FakeClaimStore;

  beforeEach(() => {
    now = 0;
    claims = new FakeClaimStore({ leaseMs: LEASE_MS, now: () => now });
  });

  const admission = (env = {}, metrics = new Metrics()) => {
    const config = loadConfig([DeliveryConfig], env).get(DeliveryConfig) as DeliveryConfig;
    return new Admission(claims, new Beginnings(), config, new DeliveryMetrics(metrics));
  };
  const told = (): Promise<void> => Promise.resolve();
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  const makeSuspects = async (...ids: string[]): Promise<void> => {
    for (const id of ids) for (let n = 0; n < 3; n += 1) await crashWith(id);
  };

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

  it('counts the claims that a worker takes over from another, each once', async () => {
    const metrics = new Metrics();
    const gate = admission({}, metrics);
    await makeSuspects('a');
    await crashWith('b');
    for (const id of ['a', 'b', 'c']) await gate.admit(id, async () => undefined, told);
    expect(await metrics.registry.metrics()).toContain('push_claims_taken_over_total 2');
  });

  it('works on requests side by side, one that was taken over once too', async () => {
    const gate = admission();
    await crashWith('b');
    const working: string[] = [];
    const held = new Promise<void>((resolve) => {
      const work = (id: string) => async () => {
        working.push(id);
        if (working.length === 2) resolve();
        await held;
      };
      void gate.admit('a', work('a'), told);
      void gate.admit('b', work('b'), told);
    });
    await held;
    expect(working).toEqual(['a', 'b']);
  });

  it('works on what was taken over twice alone among its like; those that wait hold no claim', async () => {
    await makeSuspects('a', 'b');
    const gate = admission();
    let finish = (): void => undefined;
    const begun: string[] = [];
    const untilFinished = async (): Promise<void> => {
      begun.push('a');
      await new Promise<void>((resolve) => (finish = resolve));
    };
    const first = gate.admit('a', untilFinished, told);
    const takeOvers = async (answer: ClaimAnswer): Promise<number> => {
      begun.push('b');
      return claimOf(answer).takeOvers;
    };
    const second = gate.admit('b', takeOvers, told);
    await settled();
    expect(begun).toEqual(['a']);
    // Were the process to die now, b would be taken without a take-over.
    const other = claimOf(await claims.anotherWorker().claim('b'));
    expect(other.takenOver).toBe(false);
    await other.release();
    finish();
    await first;
    expect(await second).toBe(3);
  });

  describe('while one suspect works', () => {
    let gate: Admission;
    let finish: () => void;
    let states: string[];

    beforeEach(async () => {
      await makeSuspects('a', 'b', 'c', 'd');
      gate = admission();
      states = [];
      void gate.admit('a', () => new Promise<void>((resolve) => (finish = resolve)), told);
      await settled();
    });

    const admit = (id: string): Promise<void> =>
      gate.admit(id, (answer) => Promise.resolve(void states.push(`${id} ${answer.state}`)), told);

    it('lets two others wait; a third is to come again later, and holds no claim', async () => {
      const waiting = ['b', 'c'].map(admit);
      await settled();
      await admit('d');
      expect(states).toEqual(['d held']);
      expect(claimOf(await claims.anotherWorker().claim('d')).takenOver).toBe(false);
      finish();
      await Promise.all(waiting);
      expect(states).toEqual(['d held', 'b claimed', 'c claimed']);
    });

    it('begins none of those that wait once the process is to end', async () => {
      const waiting = admit('b');
      await settled();
      gate.stop();
      finish();
      await expect(waiting).rejects.toBeInstanceOf(StoppingError);
      expect(states).toEqual([]);
      expect(claimOf(await claims.anotherWorker().claim('b')).takenOver).toBe(false);
    });

    it('tells of the claim of one that waits, and only once', async () => {
      const claimed = jest.fn(told);
      const waiting = gate.admit('b', () => Promise.resolve(), claimed);
      await settled();
      expect(claimed).toHaveBeenCalledTimes(1);
      finish();
      await waiting;
      expect(claimed).toHaveBeenCalledTimes(1);
    });
  });

  it('tells of a claim before the work, and of none where there is none', async () => {
    const steps: string[] = [];
    const claimed = (): Promise<void> => Promise.resolve(void steps.push('claimed'));
    const work = ({ state }: ClaimAnswer): Promise<void> => Promise.resolve(void steps.push(state));
    await admission().admit('a', work, claimed);
    await admission().admit('a', work, claimed);
    expect(steps).toEqual(['claimed', 'claimed', 'held']);
  });

  it('lets the next suspect in where the work of one has failed', async () => {
    await makeSuspects('a', 'b');
    const gate = admission();
    const failing = gate.admit('a', () => Promise.reject(new Error('as scripted')), told);
    await expect(failing).rejects.toThrow('as scripted');
    const next = gate.admit('b', (answer) => Promise.resolve(answer.state), told);
    expect(await next).toBe('claimed');
  });

  it('gives up what was taken over, or begun, as often as is configured', async () => {
    const gate = admission({ GIVE_UP_AFTER_DELIVERIES: '3' });
    const isGivenUp = async (begunBefore: number) => {
      const answer = await claims.claim('r');
      const given = gate.isGivenUp(begunBefore, claimOf(answer));
      await claimOf(answer).release();
      return given;
    };
    expect([await isGivenUp(2), await isGivenUp(3)]).toEqual([false, true]);
    for (let n = 0; n < 2; n += 1) await crashWith('r');
    expect(await isGivenUp(0)).toBe(false);
    await crashWith('r');
    expect(await isGivenUp(0)).toBe(true);
  });
});
