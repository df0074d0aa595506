import { type Claim, type ClaimAnswer } from '@push/idempotency';
import { TestPipeline } from '../../../../test/support/delivery';
import { StoppingError } from './delivery.errors';
import { Start } from './poison-guard';

const LEASE_MS = 1000;

describe('ClaimGuard', () => {
  let test: TestPipeline;

  beforeEach(() => {
    test = new TestPipeline({ leaseMs: LEASE_MS, env: { GIVE_UP_AFTER_DELIVERIES: '3' } });
  });
  afterEach(() => test.stop());

  const telemetry = () => test.message({}).telemetry;
  /** Claims a request as the pipeline does. End the start when the work on it has ended. */
  const claim = async (
    requestId: string,
    onClaimed?: () => Promise<void>,
  ): Promise<{ answer: ClaimAnswer; start: Start }> => {
    const start = new Start(0, onClaimed);
    try {
      return { answer: await test.guard.claim(requestId, start, telemetry()), start };
    } catch (error) {
      start.end();
      throw error;
    }
  };
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  const makeSuspects = async (...ids: string[]): Promise<void> => {
    for (const id of ids) for (let n = 0; n < 3; n += 1) await crashWith(id);
  };

  /** Another worker claims the request and dies with it; its lease expires. */
  const crashWith = async (requestId: string): Promise<void> => {
    const worker = test.claims.anotherWorker();
    await worker.claim(requestId);
    worker.crash();
    test.aheadMs += LEASE_MS;
  };

  const claimOf = (answer: ClaimAnswer): Claim => {
    if (answer.state !== 'claimed') throw new Error(answer.state);
    return answer.claim;
  };

  it('counts the claims that a worker takes over from another, each once', async () => {
    await makeSuspects('a');
    await crashWith('b');
    for (const id of ['a', 'b', 'c']) (await claim(id)).start.end();
    expect(await test.metrics.registry.metrics()).toContain('push_claims_taken_over_total 2');
  });

  it('claims requests side by side, one that was taken over once too', async () => {
    await crashWith('b');
    const [a, b] = await Promise.all([claim('a'), claim('b')]);
    expect([a.answer.state, b.answer.state]).toEqual(['claimed', 'claimed']);
  });

  it('lets a request that was taken over twice work alone among the suspects; those that wait hold no claim', async () => {
    await makeSuspects('a', 'b');
    const first = await claim('a');
    let second: ClaimAnswer | undefined;
    const waiting = claim('b').then(({ answer, start }) => {
      second = answer;
      start.end();
    });
    await settled();
    expect(second).toBeUndefined();
    // If the process died now, b would be claimed without a take-over.
    const other = claimOf(await test.claims.anotherWorker().claim('b'));
    expect(other.takenOver).toBe(false);
    await other.release();
    first.start.end();
    await waiting;
    expect(second && claimOf(second).takeOvers).toBe(3);
  });

  describe('while one suspect is processed', () => {
    let first: Start;
    let states: string[];

    beforeEach(async () => {
      await makeSuspects('a', 'b', 'c', 'd');
      states = [];
      first = (await claim('a')).start;
    });

    const claimNext = async (id: string): Promise<void> => {
      const { answer, start } = await claim(id);
      states.push(`${id} ${answer.state}`);
      start.end();
    };

    it('lets two others wait; a third is deferred, and holds no claim', async () => {
      const waiting = ['b', 'c'].map(claimNext);
      await settled();
      await claimNext('d');
      expect(states).toEqual(['d held']);
      expect(claimOf(await test.claims.anotherWorker().claim('d')).takenOver).toBe(false);
      first.end();
      await Promise.all(waiting);
      expect(states).toEqual(['d held', 'b claimed', 'c claimed']);
    });

    it('starts none of those that wait once the process stops', async () => {
      const waiting = claimNext('b');
      await settled();
      test.poison.stop();
      first.end();
      await expect(waiting).rejects.toBeInstanceOf(StoppingError);
      expect(states).toEqual([]);
      expect(claimOf(await test.claims.anotherWorker().claim('b')).takenOver).toBe(false);
    });

    it('reports the claim of one that waits, and only once', async () => {
      const claimed = jest.fn(() => Promise.resolve());
      const waiting = claim('b', claimed);
      await settled();
      expect(claimed).toHaveBeenCalledTimes(1);
      first.end();
      await waiting;
      expect(claimed).toHaveBeenCalledTimes(1);
    });
  });

  it('reports a claim before it returns it, and nothing where there is none', async () => {
    const claimed = jest.fn(() => Promise.resolve());
    expect((await claim('a', claimed)).answer.state).toBe('claimed');
    expect((await claim('a', claimed)).answer.state).toBe('held');
    expect(claimed).toHaveBeenCalledTimes(1);
  });

  it('gives up a request that was taken over, or started, as often as is configured', async () => {
    const isGivenUp = async (startedBefore: number): Promise<boolean> => {
      const held = claimOf(await test.claims.claim('r'));
      const givenUp = test.poison.isGivenUp(new Start(startedBefore), held);
      await held.release();
      return givenUp;
    };
    expect([await isGivenUp(2), await isGivenUp(3)]).toEqual([false, true]);
    for (let n = 0; n < 2; n += 1) await crashWith('r');
    expect(await isGivenUp(0)).toBe(false);
    await crashWith('r');
    expect(await isGivenUp(0)).toBe(true);
  });
});
