import { loadConfig } from '@push/config';
import { parseNotification, type DeadLetter, type StatusEvent } from '@push/contracts';
import {
  ClaimStoreUnavailableError,
  ClaimUnusableError,
  FakeClaimStore,
  type Claim,
} from '@push/idempotency';
import { Metrics } from '@push/observability';
import { PublishError, PushContext, type Parkable } from '@push/queue';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { GuardedPublisher } from '../broker/guarded.publisher';
import { carriedDevices } from '../delivery/carried-devices';
import { rejected, type RecordedOutcome, type Outcome } from '../delivery/outcome';
import { Recorder } from '../delivery/recorder';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { StatusConfig } from '../status/status.config';
import { StatusPublisher } from '../status/status.publisher';
import { DeadLetters } from './dead-letters';
import { Ends, type Intaken } from './ends';
import { Settlement } from './settlement';

const AT = '2026-11-22T12:00:00.000Z';
const DELIVERED: RecordedOutcome = { kind: 'delivered', devices: [], attempts: 1, at: AT };
const NO_DEVICE = rejected('no_device', 'none');

describe('Settlement', () => {
  /** What happened, in order. */
  let steps: string[];
  let published: { routingKey: string; body: unknown }[];
  let parkedWith: Record<string, unknown> | undefined;
  let renewedWith: Record<string, unknown> | undefined;
  let publishError: Error | undefined;
  let claims: FakeClaimStore;
  let claim: Claim;
  let recorder: Recorder;
  let settlement: Settlement;

  beforeEach(async () => {
    steps = [];
    published = [];
    publishError = undefined;
    renewedWith = undefined;
    claims = new FakeClaimStore();
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
    const publisher = {
      publish: async (routingKey: string, body: unknown) => {
        if (publishError) throw publishError;
        await Promise.resolve();
        steps.push(routingKey);
        published.push({ routingKey, body });
      },
      park: async (_: Parkable, delayMs: number, headers: Record<string, unknown>) => {
        if (publishError) throw publishError;
        await Promise.resolve();
        parkedWith = headers;
        steps.push(`park ${delayMs}`);
      },
      requeueCopy: async (_: Parkable, headers: Record<string, unknown>) => {
        if (publishError) throw publishError;
        await Promise.resolve();
        renewedWith = headers;
        steps.push('renew');
      },
    } as unknown as GuardedPublisher;
    const config = loadConfig([StatusConfig], {}).get(StatusConfig) as StatusConfig;
    const metrics = new DeliveryMetrics(new Metrics());
    recorder = new Recorder(metrics);
    const statuses = new StatusPublisher(publisher, config);
    settlement = new Settlement(
      new Ends(recorder, new DeadLetters(publisher, metrics), statuses, metrics),
      publisher,
    );
  });

  const message = (fields: Partial<ConsumeMessage['fields']> = {}): Intaken => {
    const value = { request_id: 'r', user_id: 'u', template_code: 'Hi' };
    const parsed = parseNotification(value);
    if (!parsed.ok) throw new Error(parsed.error);
    const amqp = {
      content: Buffer.from(JSON.stringify(value)),
      fields: { exchange: 'e', routingKey: 'push', redelivered: false, ...fields },
      properties: { headers: {} },
    } as unknown as ConsumeMessage;
    const context = new PushContext(amqp, null as unknown as Channel, (_, how) => steps.push(how));
    return { body: { ok: true, value }, context, ids: parsed.notification };
  };

  it('records a delivery and announces its status before the ack', async () => {
    await settlement.settle(message(), { outcome: DELIVERED, claim });
    expect(steps).toEqual(['record', 'push.status', 'ack']);
  });

  it('decides on a failed end before its dead letter, and says that it is done after it', async () => {
    await settlement.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'failed', 'record', 'push.status', 'ack']);
  });

  it('buries and announces a failed end again, the same, whose worker died after its dead letter', async () => {
    const ended = (): unknown[] => published.splice(0).map(({ body }) => body);
    claim.finish = () => Promise.reject(new Error('died here'));
    await settlement.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'failed', 'release', 'fail']);
    const [letter] = ended();

    jest.useFakeTimers({ now: Date.now() + 3_600_000 });
    try {
      const again = await claims.anotherWorker().claim('r');
      if (again.state !== 'decided') throw new Error(again.state);
      await settlement.settle(message({ redelivered: true }), {
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

  it('buries nothing when another worker has taken the claim over', async () => {
    await claims.forget('r');
    await claims.anotherWorker().claim('r');
    await settlement.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['ack']);
  });

  it('tells the time of an outcome, not of its announcement', async () => {
    const before = new Date().toISOString();
    claims.unavailable = true;
    const settling = settlement.settle(message(), { outcome: { kind: 'expired' }, claim });
    const decided = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20));
    claims.unavailable = false;
    await settling;
    const { timestamp } = published[0]?.body as StatusEvent;
    expect(timestamp >= before && timestamp <= decided).toBe(true);
    expect(await claims.claim('r')).toMatchObject({ result: { kind: 'expired', at: timestamp } });
  });

  it('releases the claim before a message is parked', async () => {
    const outcome: Outcome = { kind: 'deferred', reason: 'rate_limited', delayMs: 60_000 };
    await settlement.settle(message(), { outcome, claim });
    expect(steps).toEqual(['release', 'park 60000', 'ack']);
    expect(parkedWith).toEqual({});
  });

  it('parks a message with what it has behind it', async () => {
    const progress = { tries: 4, waits: 1 };
    const outcome: Outcome = { kind: 'deferred', reason: 'fcm_failing', delayMs: 8000, progress };
    await settlement.settle(message(), { outcome, claim });
    expect(parkedWith).toEqual({ 'x-tries': 4, 'x-waits': 1 });
  });

  it.each<[Outcome['kind'], Outcome, boolean]>([
    ['delivered', DELIVERED, true],
    ['skipped', { kind: 'skipped', reason: 'opted_out' }, true],
    ['expired', { kind: 'expired' }, true],
    ['rejected', NO_DEVICE, false],
    ['exhausted', { ...NO_DEVICE, kind: 'exhausted' }, false],
    ['duplicate', { kind: 'duplicate' }, false],
    ['deferred', { kind: 'deferred', reason: 'rate_limited', delayMs: 1000 }, false],
  ])('acks what was %s, and says whether that is a success', async (_kind, outcome, success) => {
    const { context, ...rest } = message();
    await settlement.settle({ context, ...rest }, { outcome, claim });
    expect(steps).toContain('ack');
    expect(context.succeeded).toBe(success);
  });

  it('gives an interrupted message back', async () => {
    await settlement.settle(message(), { outcome: { kind: 'interrupted', cause: 'fcm' }, claim });
    expect(steps).toEqual(['release', 'requeue']);
  });

  it('gives it back as it is where the claim knows which devices are done', async () => {
    const done = [{ device: 'a...z', fingerprint: 'f', status: 'delivered' as const }];
    const outcome: Outcome = { kind: 'interrupted', cause: 'fcm' };
    await settlement.settle(message(), { outcome, claim, done });
    expect(steps).toEqual(['release', 'requeue']);
  });

  it('never acks what the broker has not confirmed', async () => {
    publishError = new PublishError('TIMEOUT', 'no confirm');
    await settlement.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'release', 'requeue']);
    expect(claims.resultOf('r')).toBeUndefined();
    expect(await claims.claim('r')).toMatchObject({ state: 'decided', result: NO_DEVICE });
  });

  it('keeps a delivery recorded when its status cannot be announced, and announces it when it comes again', async () => {
    publishError = new PublishError('CONNECTION_LOST', 'gone');
    await settlement.settle(message(), { outcome: DELIVERED, claim });
    expect(steps).toContain('requeue');
    expect(claims.resultOf('r')).toEqual(DELIVERED);

    publishError = undefined;
    steps.length = 0;
    const again: Outcome = { kind: 'duplicate', first: DELIVERED };
    await settlement.settle(message({ redelivered: true }), { outcome: again });
    expect(steps).toEqual(['push.status', 'ack']);
  });

  it('only acks the copy of a request that was published twice', async () => {
    await settlement.settle(message(), { outcome: { kind: 'duplicate', first: DELIVERED } });
    expect(steps).toEqual(['ack']);
  });

  it('holds the message until a delivery can be recorded', async () => {
    claims.unavailable = true;
    const settling = settlement.settle(message(), { outcome: DELIVERED, claim });
    await expect(claim.finish(DELIVERED)).rejects.toBeInstanceOf(ClaimStoreUnavailableError);
    expect(steps).toEqual([]);
    claims.unavailable = false;
    await settling;
    expect(steps).toEqual(['record', 'push.status', 'ack']);
  });

  describe('when the process has to end before Redis is back', () => {
    const device = { device: 'a...z', fingerprint: 'f', status: 'delivered' as const };
    const delivered: RecordedOutcome = { ...DELIVERED, devices: [device] };

    beforeEach(() => {
      claims.unavailable = true;
      recorder.giveUpAfter(0);
    });

    it('gives the message back with what FCM has answered', async () => {
      await settlement.settle(message(), { outcome: delivered, claim, done: [device] });
      expect(steps).toEqual(['renew', 'ack']);
      const { 'x-device-results': carried } = renewedWith ?? {};
      expect(carriedDevices(String(carried))).toEqual([device]);
    });

    it('does so in the middle of a fan-out too', async () => {
      const outcome: Outcome = { kind: 'interrupted', cause: 'redis' };
      await settlement.settle(message(), { outcome, claim, done: [device] });
      expect(steps).toEqual(['renew', 'ack']);
    });

    it('takes along none of those that another try may do better with', async () => {
      const failed = { ...device, status: 'failed' as const, error_code: 'UNAVAILABLE' };
      const outcome: Outcome = { ...NO_DEVICE, kind: 'exhausted', devices: [failed] };
      await settlement.settle(message(), { outcome, claim, done: [] });
      expect(steps).toEqual(['requeue']);
    });

    it('tells the status of what has its dead letter already, and does not have it come again', async () => {
      claims.unavailable = false;
      const decide = claim.decide.bind(claim);
      claim.decide = async (end) => {
        await decide(end);
        claims.unavailable = true;
      };
      await settlement.settle(message(), { outcome: NO_DEVICE, claim });
      expect(steps).toEqual(['decide', 'failed', 'push.status', 'ack']);
    });

    it('gives it back as it is where the broker does not take that either', async () => {
      publishError = new PublishError('CONNECTION_LOST', 'gone');
      await settlement.settle(message(), { outcome: delivered, claim, done: [device] });
      expect(steps).toEqual(['requeue']);
    });
  });

  it('leaves the status to the worker that has taken the claim over', async () => {
    await claims.forget('r');
    await claims.anotherWorker().claim('r');
    await settlement.settle(message(), { outcome: DELIVERED, claim });
    expect(steps).toEqual(['ack']);
  });

  it('gives a message back as failed where it can never be published', async () => {
    publishError = new PublishError('INVALID_MESSAGE', 'headers');
    await settlement.settle(message(), { outcome: NO_DEVICE, claim });
    expect(steps).toEqual(['decide', 'release', 'fail']);
  });

  it('tells what FCM has taken though the claim can never be written', async () => {
    claim.finish = () => Promise.reject(new ClaimUnusableError('r', 'key', 'WRONGTYPE'));
    const settled = await settlement.settle(message(), { outcome: DELIVERED, claim });
    expect([settled, ...steps]).toEqual(['concluded', 'push.status', 'ack']);
  });

  describe('says', () => {
    const settle = (outcome: Outcome) => settlement.settle(message(), { outcome, claim });

    it.each<Outcome>([
      DELIVERED,
      NO_DEVICE,
      { kind: 'duplicate' },
      { kind: 'deferred', reason: 'claim_held', delayMs: 1000 },
    ])('that a message was concluded whose outcome is $kind', async (outcome) => {
      expect(await settle(outcome)).toBe('concluded');
    });

    it.each<Outcome>([
      { kind: 'interrupted', cause: 'fcm' },
      { kind: 'deferred', reason: 'claim_held', delayMs: 1000 },
      NO_DEVICE,
    ])('that it went back where the broker is away and its outcome is $kind', async (outcome) => {
      publishError = new PublishError('CONNECTION_LOST', 'gone');
      expect(await settle(outcome)).toBe('went_back');
    });

    it('that it went back as a copy while Redis is away', async () => {
      claims.unavailable = true;
      recorder.giveUpAfter(0);
      const done = [{ device: 'a...z', fingerprint: 'f', status: 'delivered' as const }];
      const result = { outcome: DELIVERED, claim, done };
      expect(await settlement.settle(message(), result)).toBe('went_back');
    });

    it('that only its status is missing where its end is recorded', async () => {
      publishError = new PublishError('CONNECTION_LOST', 'gone');
      expect(await settle(DELIVERED)).toBe('unannounced');
    });

    it.each<Outcome>([DELIVERED, NO_DEVICE])(
      'that it failed where it would fail again, whose outcome is $kind',
      async (outcome) => {
        publishError = new PublishError('INVALID_MESSAGE', 'headers');
        expect(await settle(outcome)).toBe('failed');
      },
    );

    it.each<Outcome>([DELIVERED, NO_DEVICE])(
      'that another worker has overtaken it, whose outcome is $kind',
      async (outcome) => {
        await claims.forget('r');
        await claims.anotherWorker().claim('r');
        expect(await settle(outcome)).toBe('overtaken');
      },
    );
  });
});
