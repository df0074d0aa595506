import { type DeadLetter, type StatusEvent } from '@push/contracts';
import { ClaimStoreUnavailableError, ClaimUnusableError, type Claim } from '@push/idempotency';
import { PublishError } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { TestPipeline } from '../../../../test/support/delivery';
import { carriedResults } from './device-results';
import type { InFlightMessage } from './finalizer';
import { rejected, type Outcome, type RecordedOutcome } from './outcome';

const AT = '2026-11-22T12:00:00.000Z';
const DELIVERED: RecordedOutcome = { kind: 'delivered', devices: [], attempts: 1, at: AT };
const NO_DEVICE = rejected('no_device', 'none');
const BODY = { request_id: 'r', user_id: 'u', template_code: 'Hi' };

describe('DeliveryPipeline.settle', () => {
  let test: TestPipeline;
  let steps: string[];
  let claims: TestPipeline['claims'];
  let claim: Claim;

  beforeEach(async () => {
    test = new TestPipeline();
    ({ steps, claims } = test);
    const answer = await claims.claim('r');
    if (answer.state !== 'claimed') throw new Error('not claimed');
    claim = answer.claim;
    const decide = claim.decide.bind(claim);
    const finish = claim.finish.bind(claim);
    const release = claim.release.bind(claim);
    claim.decide = async (result) => {
      await decide(result);
      steps.push('decide');
    };
    claim.finish = async (result) => {
      await finish(result);
      steps.push('record');
    };
    claim.release = async () => {
      await release();
      steps.push('release');
    };
  });
  afterEach(() => test.stop());

  const message = (fields: Partial<ConsumeMessage['fields']> = {}): InFlightMessage => {
    const made = test.message(BODY, {}, fields);
    made.telemetry.ids = {
      requestId: 'r',
      notificationId: 'r',
      correlationId: 'r',
      userId: 'u',
    };
    return made;
  };

  it('records a delivery and announces its status before the ack', async () => {
    await test.pipeline.settle(message(), { outcome: DELIVERED, claim });
    expect(steps).toEqual(['record', 'push.status', 'ack']);
  });

  it('decides a failed outcome before its dead letter, and finishes the claim after it', async () => {
    await test.pipeline.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'failed', 'record', 'push.status', 'ack']);
  });

  it('dead-letters and announces the same failed outcome again when the worker died after the dead letter', async () => {
    const ended = (): unknown[] => test.publisher.published.splice(0).map(({ body }) => body);
    claim.finish = () => Promise.reject(new Error('died here'));
    await test.pipeline.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'failed', 'release', 'fail']);
    const [letter] = ended();

    jest.useFakeTimers({ now: Date.now() + 3_600_000 });
    try {
      const again = await claims.anotherWorker().claim('r');
      if (again.state !== 'decided') throw new Error(again.state);
      await test.pipeline.settle(message({ redelivered: true }), {
        outcome: again.result as RecordedOutcome,
        claim: again.claim,
      });
      const [sameLetter, status] = ended();
      expect(sameLetter).toEqual(letter);
      expect((status as StatusEvent).timestamp).toBe((letter as DeadLetter).failed_at);
      expect(await claims.claim('r')).toMatchObject({ state: 'done', result: again.result });
    } finally {
      jest.useRealTimers();
    }
  });

  it('dead-letters nothing when another worker has taken over the claim', async () => {
    await claims.forget('r');
    await claims.anotherWorker().claim('r');
    await test.pipeline.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['ack']);
  });

  it('reports the time of the outcome, not of its announcement', async () => {
    const before = new Date().toISOString();
    claims.unavailable = true;
    const settling = test.pipeline.settle(message(), { outcome: { kind: 'expired' }, claim });
    const decided = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20));
    claims.unavailable = false;
    await settling;
    const { timestamp } = test.publisher.published[0]?.body as StatusEvent;
    expect(timestamp >= before && timestamp <= decided).toBe(true);
    expect(await claims.claim('r')).toMatchObject({ result: { kind: 'expired', at: timestamp } });
  });

  it('releases the claim before a message is parked', async () => {
    const outcome: Outcome = { kind: 'deferred', reason: 'rate_limited', delayMs: 60_000 };
    await test.pipeline.settle(message(), { outcome, claim });
    expect(steps).toEqual(['release', 'park 60000', 'ack']);
    expect(test.publisher.parkedWith).toEqual({});
  });

  it('parks a message with its progress', async () => {
    const progress = { tries: 4, waits: 1 };
    const outcome: Outcome = { kind: 'deferred', reason: 'fcm_failing', delayMs: 8000, progress };
    await test.pipeline.settle(message(), { outcome, claim });
    expect(test.publisher.parkedWith).toEqual({ 'x-tries': 4, 'x-waits': 1 });
  });

  it.each<[Outcome['kind'], Outcome, boolean]>([
    ['delivered', DELIVERED, true],
    ['skipped', { kind: 'skipped', reason: 'opted_out' }, true],
    ['expired', { kind: 'expired' }, true],
    ['rejected', NO_DEVICE, false],
    ['exhausted', { ...NO_DEVICE, kind: 'exhausted' }, false],
    ['duplicate', { kind: 'duplicate' }, false],
    ['deferred', { kind: 'deferred', reason: 'rate_limited', delayMs: 1000 }, false],
  ])(
    'acks a message that was %s, and marks whether that is a success',
    async (_kind, outcome, success) => {
      const { context, ...rest } = message();
      await test.pipeline.settle({ context, ...rest }, { outcome, claim });
      expect(steps).toContain('ack');
      expect(context.succeeded).toBe(success);
    },
  );

  it('requeues an interrupted message', async () => {
    await test.pipeline.settle(message(), {
      outcome: { kind: 'interrupted', cause: 'fcm' },
      claim,
    });
    expect(steps).toEqual(['release', 'requeue']);
  });

  it('requeues it unchanged where the claim has the device results', async () => {
    const results = [{ device: 'a...z', fingerprint: 'f', status: 'delivered' as const }];
    const outcome: Outcome = { kind: 'interrupted', cause: 'fcm' };
    await test.pipeline.settle(message(), { outcome, claim, results });
    expect(steps).toEqual(['release', 'requeue']);
  });

  it('never acks what the broker has not confirmed', async () => {
    test.publisher.error = new PublishError('TIMEOUT', 'no confirm');
    await test.pipeline.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'release', 'requeue']);
    expect(claims.resultOf('r')).toBeUndefined();
    expect(await claims.claim('r')).toMatchObject({ state: 'decided', result: NO_DEVICE });
  });

  it('keeps a delivery recorded when its status cannot be announced, and announces it on redelivery', async () => {
    test.publisher.error = new PublishError('CONNECTION_LOST', 'gone');
    await test.pipeline.settle(message(), { outcome: DELIVERED, claim });
    expect(steps).toContain('requeue');
    expect(claims.resultOf('r')).toEqual(DELIVERED);

    test.publisher.error = undefined;
    steps.length = 0;
    const again: Outcome = { kind: 'duplicate', first: DELIVERED };
    await test.pipeline.settle(message({ redelivered: true }), { outcome: again });
    expect(steps).toEqual(['push.status', 'ack']);
  });

  it('only acks a request that was published twice', async () => {
    await test.pipeline.settle(message(), { outcome: { kind: 'duplicate', first: DELIVERED } });
    expect(steps).toEqual(['ack']);
  });

  it('keeps the message unacknowledged until the delivery can be recorded', async () => {
    claims.unavailable = true;
    const settling = test.pipeline.settle(message(), { outcome: DELIVERED, claim });
    await expect(claim.finish(DELIVERED)).rejects.toBeInstanceOf(ClaimStoreUnavailableError);
    expect(steps).toEqual([]);
    claims.unavailable = false;
    await settling;
    expect(steps).toEqual(['record', 'push.status', 'ack']);
  });

  describe('when the process stops before Redis is back', () => {
    const device = { device: 'a...z', fingerprint: 'f', status: 'delivered' as const };
    const delivered: RecordedOutcome = { ...DELIVERED, devices: [device] };

    beforeEach(() => {
      claims.unavailable = true;
      test.recorder.giveUpAfter(0);
    });

    it('requeues the message with its device results', async () => {
      await test.pipeline.settle(message(), { outcome: delivered, claim, results: [device] });
      expect(steps).toEqual(['requeue a copy', 'ack']);
      const { 'x-device-results': carried } = test.publisher.copiedWith ?? {};
      expect(carriedResults(String(carried))).toEqual([device]);
    });

    it('does so in the middle of a fan-out too', async () => {
      const outcome: Outcome = { kind: 'interrupted', cause: 'redis' };
      await test.pipeline.settle(message(), { outcome, claim, results: [device] });
      expect(steps).toEqual(['requeue a copy', 'ack']);
    });

    it('carries no result of a device for which another try may succeed', async () => {
      const failed = { ...device, status: 'failed' as const, error_code: 'UNAVAILABLE' };
      const outcome: Outcome = { ...NO_DEVICE, kind: 'exhausted', devices: [failed] };
      await test.pipeline.settle(message(), { outcome, claim, results: [] });
      expect(steps).toEqual(['requeue']);
    });

    it('reports the status of a request that has its dead letter, and does not requeue it', async () => {
      claims.unavailable = false;
      const decide = claim.decide.bind(claim);
      claim.decide = async (end) => {
        await decide(end);
        claims.unavailable = true;
      };
      await test.pipeline.settle(message(), { outcome: NO_DEVICE, claim });
      expect(steps).toEqual(['decide', 'failed', 'push.status', 'ack']);
    });

    it('requeues it unchanged where the broker is down too', async () => {
      test.publisher.error = new PublishError('CONNECTION_LOST', 'gone');
      await test.pipeline.settle(message(), { outcome: delivered, claim, results: [device] });
      expect(steps).toEqual(['requeue']);
    });
  });

  it('leaves the status to the worker that has taken over the claim', async () => {
    await claims.forget('r');
    await claims.anotherWorker().claim('r');
    await test.pipeline.settle(message(), { outcome: DELIVERED, claim });
    expect(steps).toEqual(['ack']);
  });

  it('requeues a message as failed where it can never be published', async () => {
    test.publisher.error = new PublishError('INVALID_MESSAGE', 'headers');
    await test.pipeline.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'release', 'fail']);
  });

  it('reports a delivery though the claim can never be written', async () => {
    claim.finish = () => Promise.reject(new ClaimUnusableError('r', 'key', 'WRONGTYPE'));
    const settled = await test.pipeline.settle(message(), { outcome: DELIVERED, claim });
    expect(settled).toEqual(DELIVERED);
    expect(steps).toEqual(['push.status', 'ack']);
  });

  describe('reports', () => {
    const settle = (outcome: Outcome) => test.pipeline.settle(message(), { outcome, claim });
    const brokerIsDown = new PublishError('CONNECTION_LOST', 'gone');
    const cannotBePublished = new PublishError('INVALID_MESSAGE', 'headers');

    it.each<Outcome>([
      DELIVERED,
      { ...NO_DEVICE, at: AT },
      { kind: 'duplicate' },
      { kind: 'deferred', reason: 'claim_held', delayMs: 1000 },
      { kind: 'interrupted', cause: 'fcm' },
    ])('the outcome that lasts, $kind', async (outcome) => {
      expect(await settle(outcome)).toEqual(outcome);
    });

    it.each<Outcome>([{ kind: 'deferred', reason: 'claim_held', delayMs: 1000 }, NO_DEVICE])(
      'an interruption while the broker is down, instead of $kind',
      async (outcome) => {
        test.publisher.error = brokerIsDown;
        expect(await settle(outcome)).toEqual({ kind: 'interrupted', cause: 'settlement' });
      },
    );

    it('an interruption where the message was requeued as a copy while Redis is down', async () => {
      claims.unavailable = true;
      test.recorder.giveUpAfter(0);
      const results = [{ device: 'a...z', fingerprint: 'f', status: 'delivered' as const }];
      const work = { outcome: DELIVERED, claim, results };
      expect(await test.pipeline.settle(message(), work)).toEqual({
        kind: 'interrupted',
        cause: 'settlement',
      });
    });

    it('the outcome where only its status is missing', async () => {
      test.publisher.error = brokerIsDown;
      expect(await settle(DELIVERED)).toEqual(DELIVERED);
    });

    it.each<Outcome>([DELIVERED, NO_DEVICE])(
      'a counted interruption where it would fail again, instead of $kind',
      async (outcome) => {
        test.publisher.error = cannotBePublished;
        expect(await settle(outcome)).toEqual({
          kind: 'interrupted',
          cause: 'settlement',
          counted: true,
        });
      },
    );

    it.each<Outcome>([DELIVERED, NO_DEVICE])(
      'a duplicate where another worker has taken over the claim, instead of $kind',
      async (outcome) => {
        await claims.forget('r');
        await claims.anotherWorker().claim('r');
        expect(await settle(outcome)).toEqual({ kind: 'duplicate' });
      },
    );
  });
});
