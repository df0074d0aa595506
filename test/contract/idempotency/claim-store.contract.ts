import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ClaimLostError, type Claim, type ClaimAnswer, type ClaimStore } from '@push/idempotency';

/** The claims of one worker process. */
export interface Worker {
  store: ClaimStore;
  /** Renews and releases nothing from now on, as if its process had died. */
  crash(): void;
}

/** Workers that share one set of claims. */
export interface ClaimStoreHarness {
  worker(): Promise<Worker>;
  close(): Promise<void>;
}

export const LEASE_MS = 400;

/** The behaviour of every claim store. */
export function claimStoreContract(
  name: string,
  make: (times: { leaseMs: number; ttlSeconds: number }) => Promise<ClaimStoreHarness>,
): void {
  describe(`${name}, as a claim store`, () => {
    let harness: ClaimStoreHarness;
    let one: Worker;
    let other: Worker;
    let requestId: string;

    beforeAll(async () => {
      harness = await make({ leaseMs: LEASE_MS, ttlSeconds: 60 });
    });
    afterAll(() => harness.close());
    beforeEach(async () => {
      one = await harness.worker();
      other = await harness.worker();
      requestId = `request-${randomUUID()}`;
    });

    it('grants a new request to the first worker that claims it', async () => {
      const claim = await claimed(one.store, requestId);
      expect(claim).toMatchObject({ requestId, takenOver: false });
      expect(claim.devices.size).toBe(0);
      const answer = await other.store.claim(requestId);
      expect(answer).toEqual({ state: 'held', remainingMs: expect.any(Number) });
      const { remainingMs } = answer as { remainingMs: number };
      expect(remainingMs).toBeGreaterThan(0);
      expect(remainingMs).toBeLessThanOrEqual(LEASE_MS);
    });

    it('grants it to exactly one of fifty concurrent claims', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => (i % 2 ? one : other).store.claim(requestId)),
      );
      const states = answers.map(({ state }) => state).sort();
      expect(states).toEqual(['claimed', ...Array<string>(49).fill('held')]);
    });

    it('keeps requests apart whatever characters their ids have', async () => {
      const ids = ['', ' ', 'x'.repeat(5000), 'ä/../🚀', 'a\nb', '{slot}'].map(
        (id) => requestId + id,
      );
      for (const id of ids) await (await claimed(one.store, id)).finish({ id });
      for (const id of ids) {
        expect(await other.store.claim(id)).toEqual({ state: 'done', result: { id } });
      }
    });

    it('returns the result of a finished request', async () => {
      const result = { state: 'delivered', devices: [{ name: 'Zoë "Q"', ok: true }], count: 2 };
      await (await claimed(one.store, requestId)).finish(result);
      expect(await other.store.claim(requestId)).toEqual({ state: 'done', result });
      expect(await one.store.claim(requestId)).toEqual({ state: 'done', result });
    });

    it('remembers that a request is done even if its result is undefined or too long to keep', async () => {
      await (await claimed(one.store, requestId)).finish(undefined);
      await (await claimed(one.store, `${requestId}-long`)).finish('x'.repeat(1_000_000));
      expect(await other.store.claim(requestId)).toEqual({ state: 'done', result: null });
      expect(await other.store.claim(`${requestId}-long`)).toEqual({ state: 'done', result: null });
    });

    it('keeps the result of a request to five hundred devices', async () => {
      const devices = Array.from({ length: 500 }, (_, n) => ({ token: 'x'.repeat(200), n }));
      await (await claimed(one.store, requestId)).finish({ devices });
      expect(await other.store.claim(requestId)).toEqual({ state: 'done', result: { devices } });
    });

    it('grants a released request at once, with its device records', async () => {
      const first = await claimed(one.store, requestId);
      await first.recordDevice('fp-1', { status: 'delivered', message_id: 'm1' });
      await first.release();
      const second = await claimed(other.store, requestId);
      expect(second.takenOver).toBe(false);
      expect([...second.devices]).toEqual([['fp-1', { status: 'delivered', message_id: 'm1' }]]);
    });

    it('grants a crashed worker’s request when its lease has run out, with its device records', async () => {
      const first = await claimed(one.store, requestId);
      await first.recordDevice('fp-1', 1);
      await first.recordDevice('fp-2', { two: 2 });
      one.crash();
      expect(await other.store.claim(requestId)).toMatchObject({ state: 'held' });
      const second = await untilClaimed(other.store, requestId);
      expect(second.takenOver).toBe(true);
      expect(new Map(second.devices)).toEqual(
        new Map<string, unknown>([
          ['fp-1', 1],
          ['fp-2', { two: 2 }],
        ]),
      );
    });

    it('renews the claim of a live worker beyond one lease', async () => {
      const claim = await claimed(one.store, requestId);
      const end = Date.now() + 3 * LEASE_MS;
      while (Date.now() < end) {
        expect(await other.store.claim(requestId)).toMatchObject({ state: 'held' });
        await delay(20);
      }
      await claim.finish('mine to the end');
      expect(await other.store.claim(requestId)).toMatchObject({ result: 'mine to the end' });
    });

    it('lets a late holder finish while nobody has taken over', async () => {
      const claim = await claimed(one.store, requestId);
      one.crash();
      await delay(LEASE_MS + 50); // the lease has to run out, and nobody may look
      await claim.finish('late, but mine');
      expect(await other.store.claim(requestId)).toEqual({
        state: 'done',
        result: 'late, but mine',
      });
    });

    it('rejects records, finish and release of a holder that another worker has taken over from', async () => {
      const [stale, alsoStale, thirdStale] = await Promise.all(
        ['a', 'b', 'c'].map((suffix) => claimed(one.store, requestId + suffix)),
      );
      one.crash();
      const fresh = await Promise.all(
        ['a', 'b', 'c'].map((suffix) => untilClaimed(other.store, requestId + suffix)),
      );
      await expect(stale!.recordDevice('fp', 'stale')).rejects.toThrow(ClaimLostError);
      await expect(alsoStale!.finish('stale')).rejects.toThrow(ClaimLostError);
      await thirdStale!.release();
      const third = await harness.worker();
      for (const suffix of ['a', 'b', 'c']) {
        expect(await third.store.claim(requestId + suffix)).toMatchObject({ state: 'held' });
      }
      await Promise.all(fresh.map((claim) => claim.finish('fresh')));
      for (const suffix of ['a', 'b', 'c']) {
        expect(await third.store.claim(requestId + suffix)).toMatchObject({ result: 'fresh' });
      }
    });

    it('counts how often a request was taken over, across holders', async () => {
      const first = await claimed(one.store, requestId);
      expect(first.takeOvers).toBe(0);
      one.crash();
      const second = await untilClaimed(other.store, requestId);
      expect(second).toMatchObject({ takenOver: true, takeOvers: 1 });
      await second.recordDevice('fp', 1);
      await second.release();
      const third = await claimed(other.store, requestId);
      expect(third).toMatchObject({ takenOver: false, takeOvers: 1 });
      other.crash();
      const { store } = await harness.worker();
      expect(await untilClaimed(store, requestId)).toMatchObject({ takenOver: true, takeOvers: 2 });
    });

    it('does not count a released claim as a take-over', async () => {
      for (let n = 0; n < 3; n += 1) await (await claimed(one.store, requestId)).release();
      expect((await claimed(other.store, requestId)).takeOvers).toBe(0);
    });

    describe('with a decided result', () => {
      const RESULT = { kind: 'rejected', at: '2026-11-22T12:00:00.000Z' };

      it('keeps the claim for its holder, who completes the rest', async () => {
        const claim = await claimed(one.store, requestId);
        await claim.recordDevice('fp', 1);
        await claim.decide(RESULT);
        const end = Date.now() + 2 * LEASE_MS;
        while (Date.now() < end) {
          expect(await other.store.claim(requestId)).toMatchObject({ state: 'held' });
          await delay(20);
        }
        await claim.finish(RESULT);
        expect(await other.store.claim(requestId)).toEqual({ state: 'done', result: RESULT });
      });

      it('returns the decided result to the worker that takes over after a crash', async () => {
        const stale = await claimed(one.store, requestId);
        await stale.decide(RESULT);
        one.crash();
        expect(await other.store.claim(requestId)).toMatchObject({ state: 'held' });
        const { result, claim } = await untilDecided(other.store, requestId);
        expect(result).toEqual(RESULT);
        expect(await (await harness.worker()).store.claim(requestId)).toMatchObject({
          state: 'held',
        });
        await expect(stale.finish('stale')).rejects.toThrow(ClaimLostError);
        await expect(stale.decide('stale')).rejects.toThrow(ClaimLostError);
        await claim.decide(result); // as often as it takes
        await claim.finish(result);
        expect(await other.store.claim(requestId)).toEqual({ state: 'done', result: RESULT });
      });

      it('returns the decided result after several workers crashed in a row', async () => {
        await (await claimed(one.store, requestId)).decide(RESULT);
        one.crash();
        await untilDecided(other.store, requestId);
        other.crash();
        const { store } = await harness.worker();
        expect((await untilDecided(store, requestId)).result).toEqual(RESULT);
      });

      it('goes on counting take-overs, and no releases', async () => {
        await claimed(one.store, requestId);
        one.crash();
        const second = await untilClaimed(other.store, requestId);
        await second.decide(RESULT);
        other.crash();
        const third = await harness.worker();
        const { claim } = await untilDecided(third.store, requestId);
        expect(claim).toMatchObject({ takenOver: true, takeOvers: 2 });
        await claim.decide(RESULT);
        await claim.release();
        const fourth = await untilDecided(third.store, requestId);
        expect(fourth.claim).toMatchObject({ takenOver: false, takeOvers: 2 });
        await fourth.claim.release();
        third.crash();
        const { store } = await harness.worker();
        expect((await untilDecided(store, requestId)).claim.takeOvers).toBe(2);
      });

      it('grants it at once when its holder releases it', async () => {
        const claim = await claimed(one.store, requestId);
        await claim.decide(RESULT);
        await claim.release();
        const second = await other.store.claim(requestId);
        expect(second).toMatchObject({ state: 'decided', result: RESULT });
        if (second.state === 'decided') await second.claim.release();
        expect(await one.store.claim(requestId)).toMatchObject({
          state: 'decided',
          result: RESULT,
        });
      });

      it('keeps the decided result although the store has lost it meanwhile', async () => {
        const [finishes, releases] = await Promise.all(
          ['a', 'b'].map((suffix) => claimed(one.store, requestId + suffix)),
        );
        for (const claim of [finishes!, releases!]) {
          await claim.decide(RESULT);
          await other.store.forget(claim.requestId);
        }
        await finishes!.finish(RESULT);
        expect(await other.store.claim(finishes!.requestId)).toEqual({
          state: 'done',
          result: RESULT,
        });
        await releases!.release();
        expect(await other.store.claim(releases!.requestId)).toMatchObject({
          state: 'decided',
          result: RESULT,
        });
      });
    });

    it('rejects every write of a claim that has ended', async () => {
      const finished = await claimed(one.store, requestId);
      await finished.finish('first');
      await expect(finished.finish('second')).rejects.toThrow(ClaimLostError);
      await expect(finished.decide('second')).rejects.toThrow(ClaimLostError);
      await expect(finished.recordDevice('fp', 1)).rejects.toThrow(ClaimLostError);
      await finished.release();
      expect(await other.store.claim(requestId)).toEqual({ state: 'done', result: 'first' });

      const released = await claimed(one.store, `${requestId}-released`);
      await released.release();
      await expect(released.finish('no more')).rejects.toThrow(ClaimLostError);
      await released.release();
      expect(await other.store.claim(`${requestId}-released`)).toMatchObject({ state: 'claimed' });
    });

    it('peeks at a request without changing it', async () => {
      const peek = () => other.store.peek(requestId);
      expect(await peek()).toEqual({ state: 'unknown' });
      const claim = await claimed(one.store, requestId);
      await claim.recordDevice('a', { n: 1 });
      const version: unknown = expect.any(String);
      const held = { state: 'held', version, remainingMs: expect.any(Number), takeOvers: 0 };
      expect(await peek()).toEqual({ ...held, devices: new Map([['a', { n: 1 }]]) });
      await claim.decide({ kind: 'rejected' });
      expect(await peek()).toMatchObject({ ...held, decided: { kind: 'rejected' } });
      await claim.release();
      expect(await peek()).toMatchObject({ state: 'open', decided: { kind: 'rejected' } });
      const answer = await one.store.claim(requestId);
      if (answer.state !== 'decided') throw new Error(answer.state);
      await answer.claim.finish({ kind: 'rejected' });
      expect(await peek()).toEqual({ state: 'done', version, result: { kind: 'rejected' } });
    });

    it('forgets a request on demand, so that it can be sent again', async () => {
      expect(await one.store.forget(requestId)).toBe(false);
      await (await claimed(one.store, requestId)).finish('once');
      expect(await other.store.forget(requestId)).toBe(true);
      expect(await claimed(other.store, requestId)).toMatchObject({ takenOver: false });
    });

    it('forgets only the version that was read, not what a worker has claimed or finished since', async () => {
      const look = async (): Promise<string> => {
        const view = await other.store.peek(requestId);
        if (view.state === 'unknown') throw new Error(view.state);
        return view.version;
      };
      expect(await other.store.forget(requestId, 'gone')).toBe(false);
      await (await claimed(one.store, requestId)).finish('first');
      const first = await look();
      expect(await other.store.forget(requestId, first)).toBe(true);
      const second = await claimed(one.store, requestId);
      expect(await other.store.forget(requestId, first)).toBe(false);
      await second.release();
      const open = await look();
      const third = await claimed(one.store, requestId);
      expect(await other.store.forget(requestId, open)).toBe(false);
      await third.finish('third');
      for (const seen of [first, open]) {
        expect(await other.store.forget(requestId, seen)).toBe(false);
      }
      expect(await other.store.claim(requestId)).toEqual({ state: 'done', result: 'third' });
      expect(await other.store.forget(requestId, await look())).toBe(true);
    });
  });

  it(`${name} forgets a finished request after its time to live`, async () => {
    const harness = await make({ leaseMs: LEASE_MS, ttlSeconds: 1 });
    try {
      const { store } = await harness.worker();
      const requestId = randomUUID();
      await (await claimed(store, requestId)).finish('soon forgotten');
      expect(await store.claim(requestId)).toMatchObject({ state: 'done' });
      expect(await untilClaimed(store, requestId)).toMatchObject({ takenOver: false });
    } finally {
      await harness.close();
    }
  });
}

/** Claims a request that nobody holds. */
export async function claimed(store: ClaimStore, requestId: string): Promise<Claim> {
  const answer = await store.claim(requestId);
  if (answer.state !== 'claimed')
    throw new Error(`expected a claim, got ${JSON.stringify(answer)}`);
  return answer.claim;
}

/** Claims the request as soon as nobody holds it. */
export async function untilClaimed(
  store: ClaimStore,
  requestId: string,
  timeoutMs = 5000,
): Promise<Claim> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await store.claim(requestId);
    if (answer.state === 'claimed') return answer.claim;
    if (Date.now() > deadline) throw new Error(`still ${answer.state} after ${timeoutMs} ms`);
    await delay(10);
  }
}

/** Claims the request, whose result is decided, as soon as nobody holds it. */
export async function untilDecided(
  store: ClaimStore,
  requestId: string,
): Promise<Extract<ClaimAnswer, { state: 'decided' }>> {
  for (;;) {
    const answer = await store.claim(requestId);
    if (answer.state === 'decided') return answer;
    if (answer.state !== 'held') throw new Error(`expected a decided result, got ${answer.state}`);
    await delay(10);
  }
}
