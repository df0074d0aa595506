import { tokenFingerprint, type DeviceResult, type Recipient } from '@push/contracts';
import type { FailureClass, SendResult } from '@push/fcm';
import { ClaimUnusableError } from '@push/idempotency';
import { PublishError } from '@push/queue';
import { DependencyDownError } from '@push/resilience';
import { UserServiceError } from '@push/user-client';
import { TestPipeline } from '../../../../test/support/delivery';
import { carriedResults, carryingHeaders } from './device-results';
import { GAVE_UP, rejected, withTime, type FinalOutcome } from './outcome';
import { Start } from './poison-guard';
import { screenTag } from './renderer';

const refusal = (failure: FailureClass, code: string, retryAfterMs?: number): SendResult => ({
  accepted: false,
  failure,
  code,
  message: 'as scripted',
  retryAfterMs,
});

const withDevices =
  (...tokens: string[]) =>
  (): Recipient => ({ userId: 'u', devices: tokens.map((token) => ({ token })), wantsPush: true });

const LEASE_MS = 60_000;
const BODY = { request_id: 'r', user_id: 'u', template_code: 'Hi' };

/** What happened to a message before. */
interface Earlier {
  startedBefore?: number;
  parkedCount?: number;
  tries?: number;
  waits?: number;
  devices?: readonly DeviceResult[];
}

const PARKED_TOO_OFTEN: Earlier = { waits: 20 };

describe('DeliveryPipeline', () => {
  let test: TestPipeline;
  let transport: TestPipeline['transport'];
  let directory: TestPipeline['directory'];
  let claims: TestPipeline['claims'];
  let fcm: TestPipeline['fcm'];

  beforeEach(async () => {
    test = await new TestPipeline({ leaseMs: LEASE_MS }).start();
    ({ transport, directory, claims, fcm } = test);
    directory.answer = withDevices('device-1');
  });
  afterEach(() => test.stop());

  /** Steps 1 to 5. */
  const work = async (body: object = {}, earlier: Earlier = {}) => {
    const { startedBefore = 0, parkedCount = 0, tries = 0, waits = 0, devices = [] } = earlier;
    const message = test.message(
      { ...BODY, ...body },
      {
        'x-parked-count': parkedCount,
        'x-tries': tries,
        'x-waits': waits,
        ...(devices.length > 0 && carryingHeaders(devices)),
      },
    );
    const result = await test.pipeline.work(message, new Start(startedBefore));
    return { ...result, message };
  };
  const outcome = async (body?: object, earlier?: Earlier) => (await work(body, earlier)).outcome;

  it('sends to every device of the user and reports the result of each', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    expect(await outcome()).toMatchObject({
      kind: 'delivered',
      devices: [{ status: 'delivered' }, { status: 'delivered' }],
    });
    expect(transport.tokens).toEqual(['device-1', 'device-2']);
  });

  it('gives every send of one request the same tag', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    await outcome();
    expect(new Set(transport.sent.map(({ content }) => content.tag))).toEqual(
      new Set([screenTag('r')]),
    );
  });

  it('answers a finished request with its first outcome, and sends nothing', async () => {
    const first = await work();
    const end = withTime(first.outcome as FinalOutcome);
    await first.claim?.finish(end);
    expect(await outcome()).toEqual({ kind: 'duplicate', first: end });
    expect(transport.sent).toHaveLength(1);
  });

  it('defers a request whose claim another worker holds', async () => {
    await claims.anotherWorker().claim('r');
    expect(await outcome()).toEqual({ kind: 'deferred', reason: 'claim_held', delayMs: 1000 });
    expect(await outcome({}, { parkedCount: 2 })).toMatchObject({ delayMs: 15_000 });
    expect(transport.sent).toHaveLength(0);
  });

  it('is interrupted before anything is looked up or sent when the claims cannot be reached', async () => {
    claims.unavailable = true;
    expect(await outcome()).toEqual({ kind: 'interrupted', cause: 'redis' });
    expect([directory.lookups, transport.sent.length]).toEqual([0, 0]);
  });

  it('rejects for a user the user service does not know', async () => {
    directory.answer = () => undefined;
    expect(await outcome()).toMatchObject({ kind: 'rejected', code: 'user_not_found' });
  });

  it('rejects for a user without a device', async () => {
    directory.answer = withDevices();
    expect(await outcome()).toMatchObject({ kind: 'rejected', code: 'no_device' });
  });

  it('skips a user who wants no push', async () => {
    directory.answer = () => ({ userId: 'u', devices: [{ token: 'device-1' }], wantsPush: false });
    expect(await outcome()).toEqual({ kind: 'skipped', reason: 'opted_out' });
  });

  it('is interrupted, not failed, while the user service is down', async () => {
    directory.answer = () => {
      throw new DependencyDownError('user-service');
    };
    expect(await outcome()).toEqual({ kind: 'interrupted', cause: 'user-service' });
  });

  it('looks nobody up where the message names the device', async () => {
    expect(await outcome({ push_token: 'device-9' })).toMatchObject({ kind: 'delivered' });
    expect([directory.lookups, transport.tokens]).toEqual([0, ['device-9']]);
  });

  it('does not send a notification that expired during the look-up', async () => {
    const expires_at = new Date(Date.now() + 20).toISOString();
    const found = withDevices('device-1');
    directory.answer = () => {
      while (Date.now() <= Date.parse(expires_at));
      return found();
    };
    expect(await outcome({ expires_at })).toEqual({ kind: 'expired' });
    expect(transport.sent).toHaveLength(0);
  });

  it('does not send an expired notification', async () => {
    expect(await outcome({ expires_at: '2020-01-01T00:00:00Z' })).toEqual({ kind: 'expired' });
    expect(transport.sent).toHaveLength(0);
  });

  it('rejects a template whose tags do not match up', async () => {
    expect(await outcome({ template_code: 'Hi {{#name}}' })).toMatchObject({
      kind: 'rejected',
      code: 'template_invalid',
    });
  });

  it('tries a transient failure three times in all, then is exhausted', async () => {
    transport.answers.set('device-1', Array(9).fill(refusal('transient', 'UNAVAILABLE')));
    expect(await outcome()).toMatchObject({ kind: 'exhausted', code: 'UNAVAILABLE', attempts: 3 });
    expect(transport.sent).toHaveLength(3);
  });

  it('delivers when a later try succeeds', async () => {
    transport.answers.set('device-1', [refusal('transient', 'INTERNAL')]);
    expect(await outcome()).toMatchObject({ kind: 'delivered', attempts: 2 });
  });

  it.each([
    ['token', 'UNREGISTERED'],
    ['payload', 'INVALID_ARGUMENT'],
    ['sender', 'SENDER_ID_MISMATCH'],
    ['platform-auth', 'THIRD_PARTY_AUTH_ERROR'],
  ] as const)('rejects after one try for a failure of class %s', async (failure, code) => {
    transport.answers.set('device-1', [refusal(failure, code)]);
    expect(await outcome()).toMatchObject({
      kind: 'rejected',
      code,
      attempts: 1,
      devices: [{ status: 'failed', error_code: code }],
    });
    expect(fcm.fcm.failures).toBe(0);
  });

  it('is delivered when one of several devices is', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    transport.answers.set('device-1', [refusal('token', 'UNREGISTERED')]);
    expect(await outcome()).toMatchObject({
      kind: 'delivered',
      devices: [{ status: 'failed', error_code: 'UNREGISTERED' }, { status: 'delivered' }],
    });
  });

  describe('reports a dead token', () => {
    const waiting = () => test.dead.waiting.map(({ userId, token }) => ({ userId, token }));

    it('of a device that was looked up', async () => {
      directory.answer = withDevices('device-1', 'device-2');
      transport.answers.set('device-1', [refusal('token', 'UNREGISTERED')]);
      await outcome();
      expect(waiting()).toEqual([{ userId: 'u', token: 'device-1' }]);
    });

    it('never of a device that the message named, or that failed for another reason', async () => {
      transport.answers.set('device-9', [refusal('token', 'UNREGISTERED')]);
      await outcome({ request_id: 'named', push_token: 'device-9' });
      for (const failure of ['sender', 'payload', 'platform-auth', 'transient'] as const) {
        transport.answers.set('device-1', Array(3).fill(refusal(failure, 'SOME')));
        await outcome({ request_id: failure });
      }
      expect(waiting()).toEqual([]);
    });

    it('counts tokens of another project towards the safety threshold', async () => {
      for (const request_id of ['a', 'b']) {
        transport.answers.set('device-1', [refusal('sender', 'SENDER_ID_MISMATCH')]);
        await outcome({ request_id });
      }
      expect(test.threshold.engaged).toBe(true);
    });
  });

  it('parks for as long as FCM asks when the quota is used up', async () => {
    transport.answers.set('device-1', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    expect(await outcome()).toEqual({
      kind: 'deferred',
      reason: 'rate_limited',
      delayMs: 60_000,
      progress: { tries: 0, waits: 1 },
    });
    expect(transport.sent).toHaveLength(1);
  });

  it('parks when an unavailable FCM asks for a longer wait than is kept in memory', async () => {
    transport.answers.set('device-1', [refusal('transient', 'UNAVAILABLE', 120_000)]);
    expect(await outcome()).toMatchObject({ kind: 'deferred', delayMs: 120_000 });
  });

  it('gives up a request that has been parked too often', async () => {
    transport.answers.set('device-1', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    expect(await outcome({}, PARKED_TOO_OFTEN)).toMatchObject({
      kind: 'exhausted',
      code: 'QUOTA_EXCEEDED',
    });
  });

  it('does not count parkings for other reasons, such as a claim held elsewhere', async () => {
    transport.answers.set('device-1', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    expect(await outcome({}, { parkedCount: 20 })).toMatchObject({ kind: 'deferred' });
  });

  it('is delivered when the last waiting device is given up', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    transport.answers.set('device-2', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    expect(await outcome({}, PARKED_TOO_OFTEN)).toMatchObject({
      kind: 'delivered',
      devices: [{ status: 'delivered' }, { status: 'failed', error_code: 'QUOTA_EXCEEDED' }],
    });
  });

  it('rejects, and returns the claim, after an unexpected error', async () => {
    directory.answer = () => {
      throw new TypeError('a bug');
    };
    const { outcome: rejected, claim } = await work();
    expect(rejected).toMatchObject({ kind: 'rejected', code: 'internal_error' });
    expect(claim).toBeDefined();
  });

  it('sends to hundreds of devices, a bounded number at once', async () => {
    const tokens = Array.from({ length: 300 }, (_, n) => `device-${n}`);
    directory.answer = withDevices(...tokens);
    const result = await outcome();
    expect(result.kind === 'delivered' && result.devices).toHaveLength(300);
    expect(transport.mostAtOnce).toBeLessThanOrEqual(50);
  });

  it('is interrupted at once when FCM refuses our credentials, and opens their breaker, not FCM’s', async () => {
    transport.answers.set('device-1', [refusal('credentials', 'UNAUTHENTICATED')]);
    expect(await outcome()).toEqual({ kind: 'interrupted', cause: 'credentials' });
    expect(await outcome({ request_id: 'b' })).toEqual({
      kind: 'interrupted',
      cause: 'credentials',
    });
    expect([fcm.credentials.state, fcm.fcm.state]).toEqual(['open', 'closed']);
    expect(transport.sent).toHaveLength(1);
  });

  it('opens the breaker at the fifth failure in a row, during retries, and uses up no further try', async () => {
    transport.answers.set('device-1', Array(9).fill(refusal('transient', 'UNAVAILABLE')));
    const first = await work({ request_id: 'a' });
    expect(first.outcome.kind).toBe('exhausted');
    expect(await outcome({ request_id: 'b' })).toEqual({ kind: 'interrupted', cause: 'fcm' });
    expect(transport.sent).toHaveLength(5);
    expect(await outcome({ request_id: 'c' })).toEqual({ kind: 'interrupted', cause: 'fcm' });
    expect(transport.sent).toHaveLength(5);
  });

  it('sends a resumed request only to devices without a final result', async () => {
    directory.answer = withDevices('device-1', 'device-2', 'device-3');
    transport.answers.set('device-2', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    transport.answers.set('device-3', [refusal('token', 'UNREGISTERED')]);
    const first = await work();
    expect(first.outcome.kind).toBe('deferred');
    await first.claim?.release();

    const second = await outcome();
    expect(transport.tokens).toEqual(['device-1', 'device-2', 'device-3', 'device-2']);
    expect(second).toMatchObject({ kind: 'delivered' });
    expect(
      second.kind === 'delivered' && second.devices.map(({ fingerprint }) => fingerprint),
    ).toEqual(expect.arrayContaining(['device-1', 'device-2', 'device-3'].map(tokenFingerprint)));
  });

  describe('when a device has it already', () => {
    const result = (token: string, status: 'delivered' | 'failed') => ({
      device: token,
      fingerprint: tokenFingerprint(token),
      status,
      error_code: status === 'failed' ? 'UNREGISTERED' : null,
    });
    const carrying = (...devices: DeviceResult[]): Earlier => ({
      tries: 1,
      devices,
    });
    const HAS_IT = result('device-1', 'delivered');
    const DEAD = result('device-3', 'failed');

    beforeEach(() => {
      directory.answer = withDevices('device-1', 'device-2', 'device-3');
    });

    /** As a holder that is gone, or has parked it, has left its claim. */
    const recorded = async (...devices: DeviceResult[]): Promise<void> => {
      const answer = await claims.claim('r');
      if (answer.state !== 'claimed') throw new Error(answer.state);
      for (const device of devices) await answer.claim.recordDevice(device.fingerprint, device);
      await answer.claim.release();
    };
    const failing = (error: Error) => () => {
      throw error;
    };

    it.each<[string, { body?: object; lookUp?: () => Recipient | undefined; waits?: number }]>([
      ['has expired', { body: { expires_at: '2020-01-01T00:00:00Z' } }],
      ['has no user any more', { lookUp: () => undefined }],
      ['has no other device any more', { lookUp: withDevices() }],
      [
        'is not wanted any more',
        { lookUp: () => ({ userId: 'u', devices: [], wantsPush: false }) },
      ],
      [
        'cannot be looked up any more',
        { lookUp: failing(new UserServiceError('REFUSED', 'no', false)) },
      ],
      [
        'cannot be looked up for too long',
        { lookUp: failing(new UserServiceError('UNAVAILABLE', 'no')), waits: 20 },
      ],
      ['has no valid template any more', { body: { template_code: 'Hi {{#name}}' } }],
      ['meets an error of ours', { lookUp: failing(new TypeError('a bug')) }],
    ])('reports delivered for a request that %s, and sends nothing', async (_, way) => {
      if (way.lookUp) directory.answer = way.lookUp;
      await recorded(HAS_IT, DEAD);
      const earlier = { tries: 1, waits: way.waits ?? 0 };
      expect(await outcome(way.body, earlier)).toEqual({
        kind: 'delivered',
        devices: [HAS_IT, DEAD],
        attempts: 1,
      });
      expect(transport.sent).toHaveLength(0);
    });

    it('reports delivered for a request that is given up', async () => {
      await recorded(HAS_IT);
      expect(await outcome({}, { startedBefore: 15 })).toMatchObject({
        kind: 'delivered',
        devices: [HAS_IT],
      });
    });

    it('reports delivered for an expired request whose message carries the result', async () => {
      directory.answer = withDevices('device-1');
      const expired = { expires_at: '2020-01-01T00:00:00Z' };
      expect(await outcome(expired, carrying(HAS_IT))).toMatchObject({ kind: 'delivered' });
    });

    it('keeps the failure where no device has it', async () => {
      await recorded(DEAD);
      expect(await outcome({ expires_at: '2020-01-01T00:00:00Z' })).toEqual({ kind: 'expired' });
    });

    it('is interrupted where the other devices may get it later', async () => {
      await recorded(HAS_IT);
      directory.answer = failing(new DependencyDownError('user-service'));
      expect(await outcome()).toEqual({ kind: 'interrupted', cause: 'user-service' });
    });

    it('does not send again to a device whose result the message carries', async () => {
      const done = JSON.stringify([HAS_IT, DEAD]);
      expect(await outcome({}, carrying(...carriedResults(done)))).toMatchObject({
        kind: 'delivered',
        devices: [HAS_IT, DEAD, { status: 'delivered' }],
      });
      expect(transport.tokens).toEqual(['device-2']);
    });

    it('writes carried results into the claim before anything else', async () => {
      await recorded(DEAD);
      const steps: string[] = [];
      const claim = claims.claim.bind(claims);
      claims.claim = async (requestId) => {
        const answer = await claim(requestId);
        if (answer.state !== 'claimed') return answer;
        answer.claim.recordDevice = async (fingerprint) => {
          await Promise.resolve();
          steps.push(fingerprint);
        };
        return answer;
      };
      directory.answer = () => {
        steps.push('look-up');
        return undefined;
      };
      await work({}, carrying(HAS_IT, DEAD));
      expect(steps).toEqual([HAS_IT.fingerprint, 'look-up']);
    });

    it('keeps the carried results when the claim cannot be written', async () => {
      const claim = claims.claim.bind(claims);
      claims.claim = async (requestId) => {
        const answer = await claim(requestId);
        claims.unavailable = true;
        return answer;
      };
      expect(await work({}, carrying(HAS_IT))).toMatchObject({
        outcome: { kind: 'interrupted', cause: 'redis' },
        results: [HAS_IT],
      });
      expect([directory.lookups, transport.sent.length]).toEqual([0, 0]);
    });

    it('is deferred when another worker has taken over the claim meanwhile', async () => {
      const claim = claims.claim.bind(claims);
      claims.claim = async (requestId) => {
        const answer = await claim(requestId);
        await claims.forget(requestId);
        await claims.anotherWorker().claim(requestId);
        return answer;
      };
      expect(await outcome({}, carrying(HAS_IT))).toMatchObject({
        kind: 'deferred',
        reason: 'claim_held',
      });
      expect(transport.sent).toHaveLength(0);
    });
  });

  describe('returns the final device results, in case the claim cannot be written,', () => {
    it('when the process stops in the middle of a fan-out', async () => {
      directory.answer = withDevices('device-1', 'device-2');
      transport.answers.set('device-1', [
        () => {
          claims.unavailable = true;
          test.recorder.giveUpAfter(0);
          return { accepted: true, messageId: 'm' };
        },
      ]);
      expect(await work()).toMatchObject({
        outcome: { kind: 'interrupted', cause: 'redis' },
        results: [
          { fingerprint: tokenFingerprint('device-1'), status: 'delivered' },
          { fingerprint: tokenFingerprint('device-2'), status: 'delivered' },
        ],
      });
    });

    it('of a single device too', async () => {
      expect((await work()).results).toMatchObject([{ status: 'delivered' }]);
    });

    it('but no device for which another try may succeed', async () => {
      directory.answer = withDevices('device-1', 'device-2');
      transport.answers.set('device-1', Array(3).fill(refusal('transient', 'UNAVAILABLE')));
      transport.answers.set('device-2', [refusal('token', 'UNREGISTERED')]);
      expect(await work()).toMatchObject({
        outcome: { kind: 'exhausted', devices: [{}, {}] },
        results: [{ error_code: 'UNREGISTERED' }],
      });
    });
  });

  it('reports delivered where the claim can never be written', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    const answer = await claims.claim('r');
    if (answer.state !== 'claimed') throw new Error(answer.state);
    answer.claim.recordDevice = () =>
      Promise.reject(new ClaimUnusableError('r', 'key', 'WRONGTYPE'));
    claims.claim = () => Promise.resolve(answer);
    expect(await outcome()).toMatchObject({
      kind: 'delivered',
      devices: [{ status: 'delivered' }, { status: 'delivered' }],
    });
  });

  it('sends to no more devices once another worker holds the claim', async () => {
    const tokens = Array.from({ length: 200 }, (_, n) => `device-${n}`);
    directory.answer = withDevices(...tokens);
    transport.answers.set('device-0', [
      () => {
        void claims.forget('r').then(() => claims.anotherWorker().claim('r'));
        return { accepted: true, messageId: 'm' };
      },
    ]);
    await outcome();
    expect(transport.sent.length).toBeLessThanOrEqual(50);
  });

  it('returns the outcome that an earlier holder of the claim has decided', async () => {
    const decided = { ...rejected('no_device', 'none'), at: '2026-11-22T12:00:00.000Z' };
    const crashed = await claims.claim('r');
    if (crashed.state !== 'claimed') throw new Error('not claimed');
    await crashed.claim.decide(decided);
    await crashed.claim.release();
    const result = await work();
    expect(result.outcome).toEqual(decided);
    expect(result.claim).toBeDefined();
    expect(transport.sent).toHaveLength(0);
  });

  it('dead-letters unread a decided request that has ended too many workers', async () => {
    const decided = { ...rejected('no_device', 'none'), at: '2026-11-22T12:00:00.000Z' };
    const crash = async (): Promise<void> => {
      const worker = claims.anotherWorker();
      const answer = await worker.claim('r');
      if (!('claim' in answer)) throw new Error(answer.state);
      await answer.claim.decide(decided);
      worker.crash();
      test.aheadMs += LEASE_MS;
    };
    for (let crashes = 0; crashes < 15; crashes += 1) await crash();
    const afterFifteen = await work();
    expect(afterFifteen.outcome).toEqual(decided);
    expect(afterFifteen.message.body.ok).toBe(true);
    await afterFifteen.claim?.release();
    await crash();
    expect(await work()).toMatchObject({
      outcome: GAVE_UP,
      claim: {},
      message: { body: { ok: false }, telemetry: { ids: undefined } },
    });
  });

  it('records a device result once the claims can be reached again', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    transport.answers.set('device-1', [
      () => {
        claims.unavailable = true;
        setTimeout(() => (claims.unavailable = false), 50);
        return { accepted: true, messageId: 'm' };
      },
    ]);
    expect(await outcome()).toMatchObject({ kind: 'delivered' });
    expect(transport.sent).toHaveLength(2);
  });

  describe('process', () => {
    const process = async (
      headers: Record<string, unknown> = {},
      { redelivered = true } = {},
    ): Promise<void> => {
      const context = test.context(
        BODY,
        headers,
        { redelivered },
        { correlationId: 'from-property', timestamp: 1_000_000 },
      );
      await test.pipeline.process({ ok: true, value: BODY }, context);
    };
    const published = (routingKey: string): unknown =>
      test.publisher.published.find((message) => message.routingKey === routingKey)?.body;
    const outcomes = async (): Promise<string[]> =>
      (await test.metrics.registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('push_notifications_total{'));

    it('takes the correlation id from the message where the body has none', async () => {
      await process();
      expect(published('push.status')).toMatchObject({ correlation_id: 'from-property' });
    });

    it('parks a message again that returned too early, and looks at nothing in it', async () => {
      await process({ 'x-not-before': Date.now() + 60_000 });
      expect(test.steps).toEqual([expect.stringMatching(/^park (59\d{3}|60000)$/), 'ack']);
      expect([directory.lookups, await outcomes()]).toEqual([0, []]);
    });

    it.each([-1, 0.5, 'many', null])('takes a count of %p for none', async (count) => {
      transport.answers.set('device-1', Array(9).fill(refusal('transient', 'UNAVAILABLE')));
      await process({ 'x-tries': count, 'x-waits': count });
      expect(transport.sent).toHaveLength(3);
    });

    it('delivers a message that was started 14 times, gives it up the 15th time, and later unread', async () => {
      test.startCount.value = 14;
      await process();
      expect(published('failed')).toBeUndefined();
      await claims.forget('r');

      test.startCount.value = 15;
      await process();
      expect(published('failed')).toMatchObject({ error_code: 'gave_up', original_message: BODY });
      expect(published('push.status')).toMatchObject({ request_id: 'r' });
      await claims.forget('r');

      test.publisher.published.length = 0;
      test.startCount.value = 16;
      await process();
      expect(test.publisher.published.map(({ routingKey }) => routingKey)).toEqual(['failed']);
      expect(await claims.claim('r')).toMatchObject({ state: 'claimed' });
    });

    it('forgets the count of starts as soon as the message has its claim', async () => {
      test.startCount.value = 4;
      const seen: unknown[] = [];
      directory.answer = () => {
        seen.push(test.startCount.value);
        return undefined;
      };
      await process();
      expect([seen, test.startCount.value]).toEqual([[0], 0]);
    });

    it('keeps the count of starts of a message that can never be settled', async () => {
      test.startCount.value = 4;
      test.publisher.error = new PublishError('INVALID_MESSAGE', 'headers');
      await process();
      expect(test.steps.at(-1)).toBe('fail');
      expect(test.startCount.value).toBe(4);
    });

    it('requeues a redelivered message while Redis cannot count its starts', async () => {
      test.startCount.value = undefined;
      await process();
      expect([test.steps, directory.lookups]).toEqual([['requeue'], 0]);
      expect(await outcomes()).toEqual([
        'push_notifications_total{outcome="interrupted",reason="redis"} 1',
      ]);
    });

    it('does not count starts of a message that is delivered for the first time, whatever the broker says', async () => {
      test.startCount.value = undefined;
      await process({ 'x-delivery-count': 19 }, { redelivered: false });
      expect(transport.sent).toHaveLength(1);
    });

    it('writes the timeline of the request, from its arrival to its status', async () => {
      await process();
      expect(test.timelines.get('r')?.all.map(({ event }) => event)).toEqual([
        'received',
        'claim',
        'looked_up',
        'tried',
        'ended',
        'announced',
      ]);
    });
  });

  it('gives a request without an expiry the configured one, from its publication', async () => {
    test.stop();
    test = await new TestPipeline({ env: { DEFAULT_TTL_SECONDS: '60' } }).start();
    test.directory.answer = withDevices('device-1');
    const old = test.message(BODY, { 'x-published-at': Date.now() - 61_000 });
    const expired = await test.pipeline.work(old, new Start());
    expect(expired.outcome).toEqual({ kind: 'expired' });
    await expired.claim?.release();
    const young = test.message(BODY, { 'x-published-at': Date.now() - 1000 });
    expect((await test.pipeline.work(young, new Start())).outcome.kind).toBe('delivered');
    expect(test.transport.sent[0]?.content.ttlSeconds).toBe(59);
  });
});
