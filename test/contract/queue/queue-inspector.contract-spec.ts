import { waitFor } from '../../support/wait-for';
import { queueSuite } from './support/suite';

describe('QueueInspector', () => {
  const { broker, proxy, apps } = queueSuite();
  const { config } = broker;

  it('counts messages and consumers of every queue', async () => {
    const { inspector, publisher } = await apps.startConnected({ relaysStatus: true });
    await publisher.publish('failed', {});
    await publisher.publish('push.status', {});
    await publisher.park({ content: Buffer.from('{}'), properties: {} }, 60_000);
    await waitFor(
      'the messages',
      async () => (await broker.ready(broker.delayQueue(60_000))) === 1,
    );
    const depths = await inspector.depths();
    expect(depths).toMatchObject({
      push: { messages: 0, consumers: 10 },
      failed: { messages: 1, consumers: 0 },
      status: { messages: 1, consumers: 0 },
    });
    expect(depths?.delays.get(60_000)).toEqual({ messages: 1, consumers: 0 });
    expect(depths?.delays.size).toBe(6);
  });

  it('returns null for a missing queue, and counts the others', async () => {
    const { inspector } = await apps.startConnected();
    await broker.on((channel) => channel.deleteQueue(broker.delayQueue(5000)));
    const depths = await inspector.depths();
    expect(depths?.delays.get(5000)).toBeNull();
    expect(depths?.delays.get(15_000)).toEqual({ messages: 0, consumers: 0 });
    expect(depths?.status).toBeNull();
  });

  it('asks the broker at most once a second', async () => {
    const { inspector, publisher } = await apps.startConnected();
    const [one, two] = await Promise.all([inspector.depths(), inspector.depths()]);
    expect(two).toBe(one);
    await publisher.publish('failed', {});
    expect(await inspector.depths()).toBe(one);
    await waitFor(
      'new depths',
      async () => (await inspector.depths())?.failed?.messages === 1,
      3000,
    );
  });

  it('returns undefined while there is no broker or it does not answer', async () => {
    const { inspector, publisher } = await apps.startConnected();
    expect(await inspector.depths()).toBeDefined();
    await waitFor('no answer', async () => {
      proxy.silence();
      return (await inspector.depths()) === undefined;
    });
    await proxy.stop();
    await waitFor('the connection loss', () => !publisher.connected);
    expect(await inspector.depths()).toBeUndefined();
    await proxy.start();
    await waitFor('the broker', async () => (await inspector.depths()) !== undefined);
    expect((await inspector.depths())?.failed).toEqual({ messages: 0, consumers: 0 });
    expect(config.failedQueue).toBeTruthy();
  });
});
