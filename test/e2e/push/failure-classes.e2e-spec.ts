import type { FaultInput } from '../../support/emulator';
import { QUICK, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

interface FailureCase {
  /** What FCM does, in words. */
  name: string;
  fault?: FaultInput['then'];
  token?: string;
  /** HTTP requests that reach FCM for one notification. */
  requests: number;
  /** The dead letter's and the status's code. */
  code: string;
}

const ENDS_AS_DEAD_LETTER: FailureCase[] = [
  { name: 'UNREGISTERED', token: 'unregistered-1', requests: 1, code: 'UNREGISTERED' },
  {
    name: 'SENDER_ID_MISMATCH',
    fault: { error_code: 'SENDER_ID_MISMATCH' },
    requests: 1,
    code: 'SENDER_ID_MISMATCH',
  },
  {
    name: 'THIRD_PARTY_AUTH_ERROR',
    fault: { error_code: 'THIRD_PARTY_AUTH_ERROR' },
    requests: 1,
    code: 'THIRD_PARTY_AUTH_ERROR',
  },
  {
    name: 'INVALID_ARGUMENT',
    fault: { error_code: 'INVALID_ARGUMENT' },
    requests: 1,
    code: 'INVALID_ARGUMENT',
  },
  { name: '503 every time', fault: { status: 503 }, requests: 3, code: 'UNAVAILABLE' },
  { name: '500 every time', fault: { status: 500 }, requests: 3, code: 'INTERNAL' },
  { name: 'a reset every time', fault: { reset: true }, requests: 3, code: 'NETWORK' },
  { name: 'silence every time', fault: { hang: true }, requests: 3, code: 'TIMEOUT' },
];

describe.each(['http2', 'sdk'] as const)('failures of FCM, over the %s transport', (transport) => {
  let stack: Stack;

  beforeAll(async () => {
    const env = {
      ...QUICK,
      FCM_TIMEOUT_MS: '400',
      BREAKER_FAILURES: '4',
      FCM_TRANSPORT: transport,
    };
    stack = await startStack({ env });
  });
  afterAll(() => stack.close());
  afterEach(() => stack.emulator.setFaults());

  const send = async (id: string, token: string): Promise<void> => {
    await stack.broker.publish({ request_id: id, push_token: token, template_code: 'Hi' });
  };

  const deadLetter = async (): Promise<Json> => {
    await waitFor('a dead letter', async () => (await stack.broker.depth('failed.queue')) > 0);
    const [message] = await stack.broker.take('failed.queue');
    return JSON.parse(message?.content.toString() ?? 'null') as Json;
  };

  it.each(ENDS_AS_DEAD_LETTER)(
    '$name: $requests request(s), then the dead-letter queue and a failed status',
    async ({ name, fault, token = `android-${name.replaceAll(' ', '-')}`, requests, code }) => {
      if (fault) stack.emulator.setFaults({ match: { token }, then: fault });
      const id = `class-${name}`;
      await send(id, token);
      expect(await deadLetter()).toMatchObject({
        request_id: id,
        error_code: code,
        attempts: requests,
        original_message: { request_id: id },
      });
      expect(await stack.finalStatus(id)).toMatchObject({
        status: 'failed',
        reason: code.toLowerCase(),
      });
      expect(stack.emulator.requests({ request_id: id })).toHaveLength(requests);
      // A success between the cases: the breaker counts failures in a row.
      await send(`after-${name}`, 'android-well');
      await stack.finalStatus(`after-${name}`);
    },
  );

  it('delivers when the third try succeeds', async () => {
    stack.emulator.setFaults({
      match: { token: 'android-third' },
      times: 2,
      then: { status: 503 },
    });
    await send('third-try', 'android-third');
    expect(await stack.finalStatus('third-try')).toMatchObject({ status: 'delivered' });
    expect(stack.emulator.requests({ request_id: 'third-try' })).toHaveLength(3);
  });

  it('parks a message for as long as FCM asks when the quota is used up, then delivers it', async () => {
    const token = 'android-quota';
    stack.emulator.setFaults({
      match: { token },
      times: 1,
      then: { error_code: 'QUOTA_EXCEEDED', retry_after: 15 },
    });
    await send('parked', token);
    await waitFor(
      'the message in a delay queue',
      async () => (await stack.broker.depth('push.delay.15s')) === 1,
    );
    expect(stack.emulator.requests({ request_id: 'parked' })).toHaveLength(1);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
    expect(await stack.finalStatus('parked', 30_000)).toMatchObject({ status: 'delivered' });
    const [second, first] = stack.emulator.requests({ request_id: 'parked' });
    expect(Date.parse(second?.time ?? '') - Date.parse(first?.time ?? '')).toBeGreaterThanOrEqual(
      15_000,
    );
  });

  it('pauses at once, and fails nothing, when FCM refuses our credentials', async () => {
    stack.emulator.reset();
    stack.emulator.setFaults({ times: 2, then: { error_code: 'UNAUTHENTICATED' } });
    await send('credentials', 'android-credentials');
    const breakers = async (): Promise<Json> => {
      const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/metrics`);
      return ((await answer.json()) as Json)['circuit_breakers'] as Json;
    };
    await waitFor(
      'the breaker of the credentials',
      async () => (await breakers())['credentials']['state'] === 'open',
    );
    expect((await breakers())['fcm']['state']).toBe('closed');
    expect(await stack.finalStatus('credentials')).toMatchObject({ status: 'delivered' });
    const real = stack.emulator
      .requests({ request_id: 'credentials' })
      .filter(({ validate_only }) => !validate_only);
    expect(real).toHaveLength(2);
    expect(stack.emulator.requests().filter(({ validate_only }) => validate_only)).toHaveLength(2);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  });
});
