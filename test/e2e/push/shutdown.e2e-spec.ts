import { AppProcess } from '../../support/processes';
import { startStack, untilReady, type Stack, sentRequestIds } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const MESSAGES = 500;

describe('SIGTERM under load', () => {
  let stack: Stack;
  let instances: AppProcess[] = [];

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
    await stack.putUser('u', { devices: [{ token: 'android-u', platform: 'android' }] });
    const env = { ...stack.env, LOG_LEVEL: 'info', PATH: process.env['PATH'] ?? '' };
    instances = [new AppProcess('push-service', env), new AppProcess('push-service', env)];
    for (const instance of instances) await untilReady(await instance.url(), 30_000);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await stack.close();
  });

  it('shows each of 500 messages once, exits 0 and leaves nothing unacked', async () => {
    stack.emulator.setFaults({ then: { latency_ms: 80 } });
    const ids = Array.from({ length: MESSAGES }, (_, n) => `term-${n}`);
    await Promise.all(
      ids.map((request_id) =>
        stack.broker.publish({ request_id, user_id: 'u', template_code: `Message ${request_id}` }),
      ),
    );
    await waitFor('the load to be under way', () => stack.emulator.messages().length > 20);

    const [first, second] = instances;
    first?.kill('SIGTERM');
    expect(await first?.exited).toBe(0);
    await waitFor(
      'the other instance to finish',
      () => stack.emulator.messages().length >= MESSAGES,
      30_000,
    );
    for (const id of ids)
      expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    second?.kill('SIGTERM');
    expect(await second?.exited).toBe(0);

    const delivered = sentRequestIds(stack);
    expect(delivered).toHaveLength(MESSAGES);
    expect(new Set(delivered).size).toBe(MESSAGES);
    // With every consumer gone, what was unacked would be ready again.
    for (const queue of ['push.queue', 'push.status.queue', 'failed.queue', 'push.delay.1s']) {
      expect([queue, await stack.broker.look(queue)]).toEqual([
        queue,
        { messages: 0, consumers: 0 },
      ]);
    }
  });
});
