import { QUICK, startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const request = (request_id: string) => ({
  user_id: 'test-user-123',
  template_code: 'Once {{name}}',
  variables: { name: 'only' },
  request_id,
});

describe('one request_id, one notification', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ instances: 2, env: QUICK });
  });
  afterAll(() => stack.close());

  const requestsOf = (request_id: string) => stack.emulator.requests({ request_id });

  it('answers ten equal POSTs at once with 202 and sends one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => stack.post(request('ten-posts'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(new Set(answers.map(({ body }) => String(body['data'].notification_id))).size).toBe(1);
    await stack.finalStatus('ten-posts');
    expect(requestsOf('ten-posts')).toHaveLength(1);
  });

  it('sends one for ten equal messages in the queue, taken by two instances', async () => {
    await Promise.all(
      Array.from({ length: 10 }, () => stack.broker.publish(request('ten-messages'))),
    );
    expect(await stack.finalStatus('ten-messages')).toMatchObject({ status: 'delivered' });
    await waitFor('every copy to be settled', async () => {
      const queues = ['push.queue', 'push.delay.1s', 'push.delay.5s', 'push.delay.60s'];
      const depths = await Promise.all(queues.map((queue) => stack.broker.depth(queue)));
      return depths.every((depth) => depth === 0);
    });
    expect(requestsOf('ten-messages')).toHaveLength(1);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  });

  it('remembers a request that is done', async () => {
    await stack.broker.publish(request('again'));
    await stack.finalStatus('again');
    await stack.broker.publish(request('again'));
    await stack.broker.publish(request('after-again'));
    await stack.finalStatus('after-again');
    await waitFor(
      'the queue to be empty',
      async () => (await stack.broker.depth('push.queue')) === 0,
    );
    expect(requestsOf('again')).toHaveLength(1);
  });

  it('shows one notification when FCM takes a push and the answer is lost', async () => {
    await stack.putUser('cut', { devices: [{ token: 'android-cut', platform: 'android' }] });
    stack.emulator.setFaults({
      match: { token: 'android-cut' },
      times: 1,
      then: { accept_then_reset: true },
    });
    await stack.post({ ...request('cut-off'), user_id: 'cut' });
    expect(await stack.finalStatus('cut-off')).toMatchObject({ status: 'delivered' });
    stack.emulator.setFaults();
    expect(requestsOf('cut-off')).toHaveLength(2);
    expect(stack.emulator.device('android-cut').screen).toHaveLength(1);
  });
});
