import { startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('with retries that are worth no wait in memory', () => {
  let stack: Stack;

  beforeAll(async () => {
    const env = { RETRY_INITIAL_DELAY_MS: '500', RETRY_MAX_WAIT_IN_MEMORY_MS: '100' };
    stack = await startStack({ env });
  });
  afterAll(() => stack.close());

  it('waits in the broker, and makes three tries in all', async () => {
    stack.emulator.setFaults({ then: { status: 503 } });
    const request = { request_id: 'parked', push_token: 'android-p', template_code: 'Hi' };
    await stack.broker.publish(request);
    await waitFor(
      'the message in a delay queue',
      async () => (await stack.broker.depth('push.delay.1s')) === 1,
    );
    const status = await stack.finalStatus('parked');
    expect(status).toMatchObject({ status: 'failed', reason: 'unavailable' });
    expect(stack.emulator.requests({ request_id: 'parked' })).toHaveLength(3);
    const [letter] = await stack.broker.take('failed.queue');
    expect(JSON.parse(letter?.content.toString() ?? '{}')).toMatchObject({
      attempts: 3,
      failed_at: status['updated_at'],
      original_message: request,
    });
  });
});

describe('with the default settings', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  it('tries again after 1 s, then after 2 s more, and then gives up', async () => {
    stack.emulator.setFaults({ then: { status: 503 } });
    await stack.broker.publish({
      request_id: 'timing',
      push_token: 'android-t',
      template_code: 'Hi',
    });
    expect(await stack.finalStatus('timing')).toMatchObject({
      status: 'failed',
      reason: 'unavailable',
    });
    const times = stack.emulator
      .requests({ request_id: 'timing' })
      .map(({ time }) => Date.parse(time));
    expect(times).toHaveLength(3);
    const [third = 0, second = 0, first = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(990);
    expect(third - second).toBeGreaterThanOrEqual(1990);
  });
});
