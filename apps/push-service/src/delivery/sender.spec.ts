import { loadConfig, RetryConfig } from '@push/config';
import { FcmTransport, type FailureClass, type SendResult } from '@push/fcm';
import { Dependency } from '@push/resilience';
import { Sender, type AddressedPush } from './sender';

const MESSAGE = { token: 'device-1', content: {} } as AddressedPush;

class ScriptedTransport extends FcmTransport {
  readonly sessions = 0;
  readonly streams = 0;
  /** Times of the sends, in milliseconds. */
  readonly sentAt: number[] = [];
  answers: SendResult[] = [];

  send(): Promise<SendResult> {
    this.sentAt.push(Date.now());
    return Promise.resolve(this.answers.shift() ?? { accepted: true, messageId: 'm' });
  }
}

const refusal = (failure: FailureClass, retryAfterMs?: number): SendResult => ({
  accepted: false,
  failure,
  code: failure.toUpperCase(),
  message: 'as scripted',
  retryAfterMs,
});

describe('Sender', () => {
  let transport: ScriptedTransport;
  let fcm: Dependency;
  let credentials: Dependency;

  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    transport = new ScriptedTransport();
    const probe = () => Promise.resolve();
    fcm = new Dependency({ name: 'fcm', failures: 100, openMs: 30_000, probe });
    credentials = new Dependency({ name: 'credentials', failures: 1, openMs: 30_000, probe });
  });
  afterEach(() => {
    fcm.stop();
    credentials.stop();
    jest.useRealTimers();
  });

  const send = async (env: Record<string, string>, earlierTries?: number) => {
    const config = loadConfig([RetryConfig], env).get(RetryConfig) as RetryConfig;
    const guarded = {
      credentials,
      send: () => fcm.execute(() => transport.send()),
    };
    const sending = new Sender(guarded, config).send(MESSAGE, earlierTries);
    await jest.runAllTimersAsync();
    return sending;
  };

  it('sits out no wait that is longer than is worth it, whoever asks for it', async () => {
    transport.answers = Array(9).fill(refusal('transient')) as SendResult[];
    const report = await send({ RETRY_MAX_TRIES: '8' });
    expect(report).toMatchObject({ kind: 'wait', delayMs: 8000, tries: 4, countedTries: 4 });
    const waits = transport.sentAt.slice(1).map((at, n) => at - (transport.sentAt[n] ?? 0));
    for (const [n, leastMs] of [1000, 2000, 4000].entries()) {
      expect(waits[n]).toBeGreaterThanOrEqual(leastMs);
      expect(waits[n]).toBeLessThanOrEqual(leastMs * 1.1);
    }
  });

  it('goes on where it was parked, and makes no more tries in all than there may be', async () => {
    transport.answers = Array(9).fill(refusal('transient')) as SendResult[];
    const env = { RETRY_MAX_TRIES: '6' };
    expect(await send(env, 4)).toMatchObject({ kind: 'wait', delayMs: 16_000, countedTries: 5 });
    expect(await send(env, 5)).toMatchObject({ kind: 'refused', tries: 6 });
    expect(transport.sentAt).toHaveLength(2);
  });

  it('keeps the longest wait, and never waits longer than asked to in memory', async () => {
    transport.answers = Array(9).fill(refusal('transient')) as SendResult[];
    const env = { RETRY_MAX_TRIES: '20', RETRY_MAX_DELAY_MS: '60000' };
    expect(await send(env, 18)).toMatchObject({ kind: 'wait', delayMs: 60_000 });
    transport.sentAt.length = 0;
    await send({ RETRY_INITIAL_DELAY_MS: '5000', RETRY_MAX_TRIES: '2' });
    expect((transport.sentAt[1] ?? 0) - (transport.sentAt[0] ?? 0)).toBe(5000);
  });

  it('does not count a send for which there was no quota', async () => {
    transport.answers = [refusal('transient'), refusal('rate', 60_000)];
    expect(await send({}, 1)).toMatchObject({
      kind: 'wait',
      delayMs: 60_000,
      tries: 3,
      countedTries: 2,
    });
  });

  it('counts a try after which FCM asks for a long wait', async () => {
    transport.answers = Array(9).fill(refusal('transient', 120_000)) as SendResult[];
    expect(await send({})).toMatchObject({ kind: 'wait', delayMs: 120_000, countedTries: 1 });
    expect(await send({}, 1)).toMatchObject({ kind: 'wait', delayMs: 120_000, countedTries: 2 });
    expect(await send({}, 2)).toMatchObject({ kind: 'refused', tries: 3 });
  });

  it('tries once even where no try is left, as after a change of the configuration', async () => {
    expect(await send({}, 9)).toMatchObject({ kind: 'accepted', tries: 10 });
  });
});
