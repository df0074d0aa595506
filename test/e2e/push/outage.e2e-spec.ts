import { startStack, QUICK, type Stack, sentRequestIds } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const MESSAGES = 200;

describe('while FCM is down', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...QUICK, BREAKER_OPEN_MS: '1500' } });
    await stack.putUser('u', { devices: [{ token: 'android-u', platform: 'android' }] });
  });
  afterAll(() => stack.close());

  it('burns a handful of requests, keeps every message in the queue, and delivers all once it is back', async () => {
    // Slow to fail, so that whoever sends all it has at once has done so before the first answer.
    stack.emulator.setFaults({ then: { status: 503, latency_ms: 200 } });
    const ids = Array.from({ length: MESSAGES }, (_, n) => `outage-${n}`);
    await Promise.all(
      ids.map((request_id) =>
        stack.broker.publish({ request_id, user_id: 'u', template_code: `Message ${request_id}` }),
      ),
    );

    const health = `${stack.pushUrls[0] ?? ''}/api/v1/health`;
    await waitFor('the breaker to be open', async () => {
      const body = await fetch(health).then((answer) => answer.text());
      return body.includes('"state":"open"');
    });
    await waitFor('every message to be in the queue again', async () => {
      const queue = await stack.broker.look('push.queue');
      return queue?.messages === MESSAGES && queue.consumers === 0;
    });
    const sends = stack.emulator.requests().filter(({ validate_only }) => !validate_only);
    expect(sends.length).toBeLessThanOrEqual(10);
    expect(await stack.broker.depth('failed.queue')).toBe(0);

    await waitFor('a probe that does not cost a message', () =>
      stack.emulator.requests().some(({ validate_only }) => validate_only),
    );
    stack.emulator.setFaults();
    await waitFor(
      'all to be delivered',
      () => stack.emulator.messages().length >= MESSAGES,
      30_000,
    );
    for (const id of ids)
      expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    const delivered = sentRequestIds(stack);
    expect(delivered).toHaveLength(MESSAGES);
    expect(new Set(delivered).size).toBe(MESSAGES);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  });
});
