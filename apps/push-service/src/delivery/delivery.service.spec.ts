import { BreakerConfig, loadConfig, RetryConfig } from '@push/config';
import {
  parseNotification,
  tokenFingerprint,
  type DeviceResult,
  type Recipient,
} from '@push/contracts';
import {
  FcmTransport,
  GuardedFcm,
  type FailureClass,
  type PushMessage,
  type SendResult,
} from '@push/fcm';
import { ClaimUnusableError, FakeClaimStore } from '@push/idempotency';
import { Metrics } from '@push/observability';
import { Dependencies, DependencyDownError } from '@push/resilience';
import { FakeDeadTokenReporter, RecipientDirectory, UserServiceError } from '@push/user-client';
import { TokenCleanupMetrics } from '../token-cleanup/token-cleanup.metrics';
import { DeadTokenQueue } from '../token-cleanup/dead-token-queue';
import { TokenSafetyThreshold } from '../token-cleanup/token-safety-threshold';
import { TokenCleanup } from '../token-cleanup/token-cleanup';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { Admission } from './admission';
import { carriedDevices } from './carried-devices';
import { Composer, screenTag } from './composer';
import { Deferral } from './deferral';
import { DeliveryConfig } from './delivery.config';
import { DeliveryService, GAVE_UP, type DeliveryRequest } from './delivery.service';
import { FanOut } from './fan-out';
import { ending, rejected, type FinalOutcome } from './outcome';
import { Recipients } from './recipients';
import { Recorder } from './recorder';
import { Sender } from './sender';
import { Templates } from './templates';
import { Beginnings } from './turns';

type Answer = SendResult | ((message: PushMessage) => SendResult);

class ScriptedTransport extends FcmTransport {
  readonly sent: PushMessage[] = [];
  readonly answers = new Map<string, Answer[]>();
  readonly sessions = 0;
  readonly streams = 0;

  mostAtOnce = 0;
  private atOnce = 0;

  async send(message: PushMessage): Promise<SendResult> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    const result = await this.answer(message);
    this.atOnce -= 1;
    return result;
  }

  private answer(message: PushMessage): Promise<SendResult> {
    this.sent.push(message);
    const answer = this.answers.get(message.token)?.shift();
    if (answer === undefined)
      return Promise.resolve({ accepted: true, messageId: `m-${this.sent.length}` });
    return Promise.resolve(typeof answer === 'function' ? answer(message) : answer);
  }

  /** Tokens in the order they were sent to. */
  get tokens(): string[] {
    return this.sent.map(({ token }) => token);
  }
}

class ScriptedDirectory extends RecipientDirectory {
  answer: () => Recipient | undefined = () => undefined;
  lookups = 0;

  check(): Promise<void> {
    return Promise.resolve();
  }

  async lookup(): Promise<Recipient | undefined> {
    this.lookups += 1;
    return this.answer();
  }
}

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

function configured<T>(config: new (env: never) => T, source: Record<string, string> = {}): T {
  return loadConfig([config as never], source).get(config as never) as T;
}

const LEASE_MS = 60_000;
const PARKED_TOO_OFTEN = { progress: { tries: 0, waits: 20 } };

describe('DeliveryService', () => {
  let transport: ScriptedTransport;
  let directory: ScriptedDirectory;
  let claims: FakeClaimStore;
  /** Milliseconds by which the clock of the claims is ahead. */
  let aheadMs: number;
  let dead: DeadTokenQueue;
  let brake: TokenSafetyThreshold;
  let dependencies: Dependencies;
  let fcm: GuardedFcm;
  let recorder: Recorder;
  let delivery: DeliveryService;

  beforeEach(async () => {
    transport = new ScriptedTransport();
    directory = new ScriptedDirectory();
    directory.answer = withDevices('device-1');
    aheadMs = 0;
    claims = new FakeClaimStore({ leaseMs: LEASE_MS, now: () => Date.now() + aheadMs });
    dependencies = new Dependencies(configured(BreakerConfig));
    const fresh = () => Promise.reject(new Error('no token'));
    fcm = new GuardedFcm(transport, { fresh }, dependencies);
    const config = configured(DeliveryConfig);
    const templates = new Templates(config);
    await templates.onModuleInit();
    const deferral = new Deferral(config);
    const metrics = new DeliveryMetrics(new Metrics());
    dead = new DeadTokenQueue();
    brake = new TokenSafetyThreshold({ windowMs: 60_000, percent: 50, min: 2 });
    const figures = new TokenCleanupMetrics(new Metrics(), dead, brake);
    delivery = new DeliveryService(
      new Admission(claims, new Beginnings(), config, metrics),
      new Recipients(directory, deferral, metrics),
      new Composer(templates, config, metrics),
      new FanOut(
        new Sender(fcm, configured(RetryConfig, { RETRY_INITIAL_DELAY_MS: '1' })),
        (recorder = new Recorder(metrics)),
        new TokenCleanup(new FakeDeadTokenReporter(), brake, dead, figures),
        metrics,
      ),
      deferral,
    );
  });

  afterEach(() => dependencies.onApplicationShutdown());

  const deliver = async (body: object = {}, behind: Partial<DeliveryRequest> = {}) => {
    const parsed = parseNotification({
      request_id: 'r',
      user_id: 'u',
      template_code: 'Hi',
      ...body,
    });
    if (!parsed.ok) throw new Error(parsed.error);
    const nothing = { begunBefore: 0, parkedCount: 0, progress: { tries: 0, waits: 0 } };
    const request = { notification: parsed.notification, ...nothing, ...behind };
    return delivery.deliver(request, () => Promise.resolve());
  };
  const outcome = async (body?: object, behind?: Partial<DeliveryRequest>) =>
    (await deliver(body, behind)).outcome;

  it('sends to every device of the user and tells how each went', async () => {
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

  it('answers a request that is finished with how it ended, and sends nothing', async () => {
    const first = await deliver();
    const end = ending(first.outcome as FinalOutcome);
    await first.claim?.finish(end);
    expect(await outcome()).toEqual({ kind: 'duplicate', first: end });
    expect(transport.sent).toHaveLength(1);
  });

  it('defers a request that another worker has in hand', async () => {
    await claims.anotherWorker().claim('r');
    expect(await outcome()).toEqual({ kind: 'deferred', reason: 'claim_held', delayMs: 1000 });
    expect(await outcome({}, { parkedCount: 2 })).toMatchObject({ delayMs: 15_000 });
    expect(transport.sent).toHaveLength(0);
  });

  it('throws when the claims cannot be reached, before anything is looked up or sent', async () => {
    claims.unavailable = true;
    await expect(deliver()).rejects.toThrow('The test says so');
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

  it('needs no look-up where the message names the device', async () => {
    expect(await outcome({ push_token: 'device-9' })).toMatchObject({ kind: 'delivered' });
    expect([directory.lookups, transport.tokens]).toEqual([0, ['device-9']]);
  });

  it('does not send what has expired while its recipient was looked up', async () => {
    const expires_at = new Date(Date.now() + 20).toISOString();
    const found = withDevices('device-1');
    directory.answer = () => {
      while (Date.now() <= Date.parse(expires_at));
      return found();
    };
    expect(await outcome({ expires_at })).toEqual({ kind: 'expired' });
    expect(transport.sent).toHaveLength(0);
  });

  it('does not send what has expired', async () => {
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
  ] as const)('rejects after one try where the failure is of class %s', async (failure, code) => {
    transport.answers.set('device-1', [refusal(failure, code)]);
    expect(await outcome()).toMatchObject({
      kind: 'rejected',
      code,
      attempts: 1,
      devices: [{ status: 'failed', error_code: code }],
    });
    expect(fcm.fcm.failures).toBe(0);
  });

  it('counts as delivered when one of several devices is', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    transport.answers.set('device-1', [refusal('token', 'UNREGISTERED')]);
    expect(await outcome()).toMatchObject({
      kind: 'delivered',
      devices: [{ status: 'failed', error_code: 'UNREGISTERED' }, { status: 'delivered' }],
    });
  });

  describe('has it reported that a token is dead', () => {
    const waiting = () => dead.waiting.map(({ userId, token }) => ({ userId, token }));

    it('of a device that was looked up', async () => {
      directory.answer = withDevices('device-1', 'device-2');
      transport.answers.set('device-1', [refusal('token', 'UNREGISTERED')]);
      await outcome();
      expect(waiting()).toEqual([{ userId: 'u', token: 'device-1' }]);
    });

    it('never of one that the message named, or that fails for another reason', async () => {
      transport.answers.set('device-9', [refusal('token', 'UNREGISTERED')]);
      await outcome({ request_id: 'named', push_token: 'device-9' });
      for (const failure of ['sender', 'payload', 'platform-auth', 'transient'] as const) {
        transport.answers.set('device-1', Array(3).fill(refusal(failure, 'SOME')));
        await outcome({ request_id: failure });
      }
      expect(waiting()).toEqual([]);
    });

    it('and takes tokens of another project for a sign that the project is wrong', async () => {
      for (const request_id of ['a', 'b']) {
        transport.answers.set('device-1', [refusal('sender', 'SENDER_ID_MISMATCH')]);
        await outcome({ request_id });
      }
      expect(brake.engaged).toBe(true);
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

  it('parks when an unavailable FCM asks for a longer wait than is sat out in memory', async () => {
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

  it('does not hold parkings against it that had other reasons, such as a claim held elsewhere', async () => {
    transport.answers.set('device-1', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    expect(await outcome({}, { parkedCount: 20 })).toMatchObject({ kind: 'deferred' });
  });

  it('counts as delivered when the last device to wait for is given up', async () => {
    directory.answer = withDevices('device-1', 'device-2');
    transport.answers.set('device-2', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    expect(await outcome({}, PARKED_TOO_OFTEN)).toMatchObject({
      kind: 'delivered',
      devices: [{ status: 'delivered' }, { status: 'failed', error_code: 'QUOTA_EXCEEDED' }],
    });
  });

  it('rejects, with the claim, when something unexpected happens', async () => {
    directory.answer = () => {
      throw new TypeError('a bug');
    };
    const { outcome: rejected, claim } = await deliver();
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

  it('opens the breaker at the fifth failure in a row, mid-retry, and burns no further try', async () => {
    transport.answers.set('device-1', Array(9).fill(refusal('transient', 'UNAVAILABLE')));
    const first = await deliver({ request_id: 'a' });
    expect(first.outcome.kind).toBe('exhausted');
    expect(await outcome({ request_id: 'b' })).toEqual({ kind: 'interrupted', cause: 'fcm' });
    expect(transport.sent).toHaveLength(5);
    expect(await outcome({ request_id: 'c' })).toEqual({ kind: 'interrupted', cause: 'fcm' });
    expect(transport.sent).toHaveLength(5);
  });

  it('sends a resumed request only to the devices that are not done', async () => {
    directory.answer = withDevices('device-1', 'device-2', 'device-3');
    transport.answers.set('device-2', [refusal('rate', 'QUOTA_EXCEEDED', 60_000)]);
    transport.answers.set('device-3', [refusal('token', 'UNREGISTERED')]);
    const first = await deliver();
    expect(first.outcome.kind).toBe('deferred');
    await first.claim?.release();

    const second = await outcome();
    expect(transport.tokens).toEqual(['device-1', 'device-2', 'device-3', 'device-2']);
    expect(second).toMatchObject({ kind: 'delivered' });
    expect(
      second.kind === 'delivered' && second.devices.map(({ fingerprint }) => fingerprint),
    ).toEqual(expect.arrayContaining(['device-1', 'device-2', 'device-3'].map(tokenFingerprint)));
  });

  describe('where a device has taken it before', () => {
    const result = (token: string, status: 'delivered' | 'failed') => ({
      device: token,
      fingerprint: tokenFingerprint(token),
      status,
      error_code: status === 'failed' ? 'UNREGISTERED' : null,
    });
    const carrying = (...devices: DeviceResult[]): Partial<DeliveryRequest> => ({
      progress: { tries: 1, waits: 0, devices },
    });
    const SHOWN = result('device-1', 'delivered');
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
      ['names nobody any more', { lookUp: () => undefined }],
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
      ['has no text any more', { body: { template_code: 'Hi {{#name}}' } }],
      ['meets an error of ours', { lookUp: failing(new TypeError('a bug')) }],
    ])('ends as delivered a request that %s, and sends nothing', async (_, way) => {
      if (way.lookUp) directory.answer = way.lookUp;
      await recorded(SHOWN, DEAD);
      const behind = { progress: { tries: 1, waits: way.waits ?? 0 } };
      expect(await outcome(way.body, behind)).toEqual({
        kind: 'delivered',
        devices: [SHOWN, DEAD],
        attempts: 1,
      });
      expect(transport.sent).toHaveLength(0);
    });

    it('ends as delivered a request that is given up', async () => {
      await recorded(SHOWN);
      expect(await outcome({}, { begunBefore: 15 })).toMatchObject({
        kind: 'delivered',
        devices: [SHOWN],
      });
    });

    it('ends as delivered an expired request whose message says so', async () => {
      directory.answer = withDevices('device-1');
      const expired = { expires_at: '2020-01-01T00:00:00Z' };
      expect(await outcome(expired, carrying(SHOWN))).toMatchObject({ kind: 'delivered' });
    });

    it('fails as it would have where no device shows it', async () => {
      await recorded(DEAD);
      expect(await outcome({ expires_at: '2020-01-01T00:00:00Z' })).toEqual({ kind: 'expired' });
    });

    it('still waits where the rest may have it later', async () => {
      await recorded(SHOWN);
      directory.answer = failing(new DependencyDownError('user-service'));
      expect(await outcome()).toEqual({ kind: 'interrupted', cause: 'user-service' });
    });

    it('sends nothing again that the message itself says is done', async () => {
      const done = JSON.stringify([SHOWN, DEAD]);
      expect(await outcome({}, carrying(...carriedDevices(done)))).toMatchObject({
        kind: 'delivered',
        devices: [SHOWN, DEAD, { status: 'delivered' }],
      });
      expect(transport.tokens).toEqual(['device-2']);
    });

    it('writes what the message says into the claim before anything else', async () => {
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
      await deliver({}, carrying(SHOWN, DEAD));
      expect(steps).toEqual([SHOWN.fingerprint, 'look-up']);
    });

    it('goes back with what its message says while the claim cannot be told', async () => {
      const claim = claims.claim.bind(claims);
      claims.claim = async (requestId) => {
        const answer = await claim(requestId);
        claims.unavailable = true;
        return answer;
      };
      expect(await deliver({}, carrying(SHOWN))).toMatchObject({
        outcome: { kind: 'interrupted', cause: 'redis' },
        done: [SHOWN],
      });
      expect([directory.lookups, transport.sent.length]).toEqual([0, 0]);
    });

    it('waits where another worker has come to hold the claim meanwhile', async () => {
      const claim = claims.claim.bind(claims);
      claims.claim = async (requestId) => {
        const answer = await claim(requestId);
        await claims.forget(requestId);
        await claims.anotherWorker().claim(requestId);
        return answer;
      };
      expect(await outcome({}, carrying(SHOWN))).toMatchObject({
        kind: 'deferred',
        reason: 'claim_held',
      });
      expect(transport.sent).toHaveLength(0);
    });
  });

  describe('tells what is done with, should no claim be told,', () => {
    it('where the process has to end in the middle of a fan-out', async () => {
      directory.answer = withDevices('device-1', 'device-2');
      transport.answers.set('device-1', [
        () => {
          claims.unavailable = true;
          recorder.giveUpAfter(0);
          return { accepted: true, messageId: 'm' };
        },
      ]);
      expect(await deliver()).toMatchObject({
        outcome: { kind: 'interrupted', cause: 'redis' },
        done: [
          { fingerprint: tokenFingerprint('device-1'), status: 'delivered' },
          { fingerprint: tokenFingerprint('device-2'), status: 'delivered' },
        ],
      });
    });

    it('of a single device too', async () => {
      expect((await deliver()).done).toMatchObject([{ status: 'delivered' }]);
    });

    it('but no device for which another try may do better', async () => {
      directory.answer = withDevices('device-1', 'device-2');
      transport.answers.set('device-1', Array(3).fill(refusal('transient', 'UNAVAILABLE')));
      transport.answers.set('device-2', [refusal('token', 'UNREGISTERED')]);
      expect(await deliver()).toMatchObject({
        outcome: { kind: 'exhausted', devices: [{}, {}] },
        done: [{ error_code: 'UNREGISTERED' }],
      });
    });
  });

  it('ends as delivered what FCM has taken where the claim can never be told', async () => {
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

  it('never ends otherwise than an earlier holder of its claim has decided', async () => {
    const end = { ...rejected('no_device', 'none'), at: '2026-11-22T12:00:00.000Z' };
    const crashed = await claims.claim('r');
    if (crashed.state !== 'claimed') throw new Error('not claimed');
    await crashed.claim.decide(end);
    await crashed.claim.release();
    const result = await deliver();
    expect(result.outcome).toEqual(end);
    expect(result.claim).toBeDefined();
    expect(transport.sent).toHaveLength(0);
  });

  it('has it buried unread where a decided end has taken more workers down than give a request up', async () => {
    const end = { ...rejected('no_device', 'none'), at: '2026-11-22T12:00:00.000Z' };
    const crash = async (): Promise<void> => {
      const worker = claims.anotherWorker();
      const answer = await worker.claim('r');
      if (!('claim' in answer)) throw new Error(answer.state);
      await answer.claim.decide(end);
      worker.crash();
      aheadMs += LEASE_MS;
    };
    for (let crashes = 0; crashes < 15; crashes += 1) await crash();
    const afterFifteen = await deliver();
    expect(afterFifteen.outcome).toEqual(end);
    expect(afterFifteen.unread).toBeUndefined();
    await afterFifteen.claim?.release();
    await crash();
    expect(await deliver()).toMatchObject({ outcome: GAVE_UP, unread: true, claim: {} });
  });

  it('keeps a device record until the claims can be reached again', async () => {
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
});
