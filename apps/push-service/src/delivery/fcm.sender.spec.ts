import type { FailureClass, SendResult } from '@push/fcm';
import type { PushContent } from '@push/fcm';
import { TestPipeline } from '../../../../test/support/delivery';
import { DeviceResults } from './device-results';

const refusal = (failure: FailureClass, retryAfterMs?: number): SendResult => ({
  accepted: false,
  failure,
  code: failure.toUpperCase(),
  message: 'as scripted',
  retryAfterMs,
});

describe('FcmSender', () => {
  let test: TestPipeline;

  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => {
    test.stop();
    jest.useRealTimers();
  });

  /** Sends to one device. @returns the report, and the waits between the tries in milliseconds */
  const send = async (
    answers: SendResult[],
    { env = {}, earlierTries = 0 }: { env?: Record<string, string>; earlierTries?: number } = {},
  ) => {
    test = new TestPipeline({
      env: { RETRY_INITIAL_DELAY_MS: '1000', BREAKER_FAILURES: '100', ...env },
    });
    const { transport } = test;
    transport.answers.set('device-1', answers);
    const answer = await test.claims.claim('r');
    if (answer.state !== 'claimed') throw new Error(answer.state);
    const sending = test.sender.sendToAll(
      { kind: 'found', devices: [{ token: 'device-1' }] },
      {} as PushContent,
      {
        claim: answer.claim,
        results: new DeviceResults(),
        earlierTries,
        telemetry: test.message({}).telemetry,
      },
    );
    await jest.advanceTimersByTimeAsync(600_000);
    const [first] = (await sending).reports;
    const waits = transport.sentAt.slice(1).map((at, n) => at - (transport.sentAt[n] ?? 0));
    return { report: first?.report, waits, sends: transport.sent.length };
  };
  const transient = Array<SendResult>(9).fill(refusal('transient'));

  it('keeps no message in memory for a wait that is too long, whoever asks for it', async () => {
    const { report, waits } = await send([...transient], { env: { RETRY_MAX_TRIES: '8' } });
    expect(report).toMatchObject({ kind: 'wait', delayMs: 8000, tries: 4, countedTries: 4 });
    for (const [n, leastMs] of [1000, 2000, 4000].entries()) {
      expect(waits[n]).toBeGreaterThanOrEqual(leastMs);
      expect(waits[n]).toBeLessThanOrEqual(leastMs * 1.1);
    }
  });

  it('continues after a parking, and makes no more tries in all than are allowed', async () => {
    const env = { RETRY_MAX_TRIES: '6' };
    const fifth = await send([...transient], { env, earlierTries: 4 });
    expect(fifth.report).toMatchObject({ kind: 'wait', delayMs: 16_000, countedTries: 5 });
    expect(fifth.sends).toBe(1);
    test.stop();
    const sixth = await send([...transient], { env, earlierTries: 5 });
    expect(sixth.report).toMatchObject({ kind: 'refused', tries: 6 });
    expect(sixth.sends).toBe(1);
  });

  it('keeps the longest wait', async () => {
    const env = { RETRY_MAX_TRIES: '20', RETRY_MAX_DELAY_MS: '60000' };
    const { report } = await send([...transient], { env, earlierTries: 18 });
    expect(report).toMatchObject({ kind: 'wait', delayMs: 60_000 });
  });

  it('never waits longer in memory than is configured', async () => {
    const env = { RETRY_INITIAL_DELAY_MS: '5000', RETRY_MAX_TRIES: '2' };
    expect((await send([...transient], { env })).waits).toEqual([5000]);
  });

  it('does not count a send for which there was no quota', async () => {
    const answers = [refusal('transient'), refusal('rate', 60_000)];
    const { report } = await send(answers, { earlierTries: 1 });
    expect(report).toMatchObject({ kind: 'wait', delayMs: 60_000, tries: 3, countedTries: 2 });
  });

  it.each([
    [0, { kind: 'wait', delayMs: 120_000, countedTries: 1 }],
    [1, { kind: 'wait', delayMs: 120_000, countedTries: 2 }],
    [2, { kind: 'refused', tries: 3 }],
  ])('counts a try after which FCM asks for a long wait, after %p', async (earlierTries, seen) => {
    const { report } = await send([refusal('transient', 120_000)], { earlierTries });
    expect(report).toMatchObject(seen);
  });

  it('tries once even where no try is left, as after a change of the configuration', async () => {
    const { report } = await send([], { earlierTries: 9 });
    expect(report).toMatchObject({ kind: 'accepted', tries: 10 });
  });
});
