import type { QueueSubscription } from '@push/queue';
import { waitFor } from '../../support/wait-for';
import { gate, holds } from './support/patience';
import { queueSuite } from './support/suite';

describe('QueueConsumer', () => {
  const { broker, proxy, apps } = queueSuite(() => subscription?.stop());
  const { statusQueue } = broker.config;
  let subscription: QueueSubscription | undefined;

  it('acks a message that was handled and requeues one that was not', async () => {
    const { consumer, publisher } = await apps.startConnected({ relaysStatus: true });
    const handled: boolean[] = [];
    subscription = consumer.consume(
      statusQueue,
      { prefetch: 10, retryDelayMs: 10 },
      async ({ fields }) => {
        handled.push(fields.redelivered);
        if (!fields.redelivered) throw new Error('the gateway is down');
      },
    );
    await publisher.publish('push.status', { n: 1 });
    await waitFor('both deliveries', () => handled.length === 2);
    await holds('an empty queue', async () => (await broker.ready(statusQueue)) === 0);
    expect(handled).toEqual([false, true]);
  });

  it('consumes once there is a broker, and again after a connection loss', async () => {
    await proxy.stop();
    const { consumer, publisher } = await apps.start({ relaysStatus: true });
    const handled = new Set<string>(); // what was not acked before the loss comes twice
    subscription = consumer.consume(statusQueue, { prefetch: 10 }, async ({ content }) => {
      handled.add(content.toString());
    });
    await proxy.start();
    await waitFor('the broker', () => publisher.connected);
    await publisher.publish('push.status', { n: 1 });
    await waitFor('the first', () => handled.size === 1);
    proxy.cut();
    await waitFor('the connection loss', () => !publisher.connected);
    await waitFor('the broker again', () => publisher.connected);
    await publisher.publish('push.status', { n: 2 });
    await waitFor('the second', () => handled.size === 2);
  });

  it('ignores the settlement of a message whose channel has closed', async () => {
    const { consumer, publisher } = await apps.startConnected({ relaysStatus: true });
    const held = gate();
    let handled = 0;
    subscription = consumer.consume(statusQueue, { prefetch: 10 }, async ({ fields }) => {
      if (!fields.redelivered) await held.opened;
      handled += 1;
    });
    await publisher.publish('push.status', {});
    await waitFor('it in flight', async () => (await broker.ready(statusQueue)) === 0);
    proxy.cut();
    await waitFor('the connection loss', () => !publisher.connected);
    held.open();
    await waitFor('both deliveries', () => handled === 2);
  });

  it('consumes again within seconds after its queue was deleted', async () => {
    const { consumer, publisher } = await apps.startConnected({ relaysStatus: true });
    let handled = 0;
    subscription = consumer.consume(statusQueue, { prefetch: 3 }, async () => void (handled += 1));
    await waitFor('consuming', async () => (await broker.consumers(statusQueue)) === 1);
    await broker.on((channel) => channel.deleteQueue(statusQueue));
    await publisher.publish('push.status', {});
    await waitFor('it', () => handled === 1, 4000);
  });

  it('handles no more messages at once than the prefetch count, and stops only when those are done', async () => {
    const { consumer, publisher } = await apps.startConnected({ relaysStatus: true });
    const held = gate();
    let begun = 0;
    let done = 0;
    const own = consumer.consume(statusQueue, { prefetch: 3 }, async () => {
      begun += 1;
      await held.opened;
      done += 1;
    });
    await Promise.all([1, 2, 3, 4, 5].map((n) => publisher.publish('push.status', { n })));
    await waitFor('three', () => begun === 3);
    await holds('three', () => begun === 3);
    const stopped = own.stop();
    await holds('three in flight', () => done === 0, 100);
    held.open();
    await stopped;
    expect([begun, done]).toEqual([3, 3]);
    await waitFor('the rest in the queue', async () => (await broker.ready(statusQueue)) === 2);
  });

  it('does not come back with a reconnect after it was stopped', async () => {
    const { consumer, publisher } = await apps.startConnected({ relaysStatus: true });
    let handled = 0;
    const own = consumer.consume(statusQueue, { prefetch: 3 }, async () => void (handled += 1));
    await waitFor('consuming', async () => (await broker.consumers(statusQueue)) === 1);
    await own.stop();
    proxy.cut();
    await waitFor('the connection loss', () => !publisher.connected);
    await waitFor('the broker again', () => publisher.connected);
    await publisher.publish('push.status', {});
    await holds('no consumer', async () => (await broker.consumers(statusQueue)) === 0);
    expect([handled, await broker.ready(statusQueue)]).toEqual([0, 1]);
  });
});
