import { DELAYS_MS } from '@push/contracts';
import { Broker } from './support/broker';
import { PushApps } from './support/push-app';
import { waitFor } from '../../support/wait-for';

const quorum = { 'x-queue-type': 'quorum' };

describe('topology', () => {
  const broker = new Broker();
  const { config } = broker;
  const apps = new PushApps(broker.env);

  beforeAll(() => broker.open());
  afterEach(async () => {
    await apps.closeAll();
    await broker.clean();
  });
  afterAll(() => broker.close());

  it('declares what is missing: quorum queues with a delivery limit and a dead-letter route', async () => {
    await apps.startConnected({ relaysStatus: true });
    // Declaring with the same arguments is the only way to compare them; any difference is refused.
    const same = (name: string, args: object): Promise<unknown> =>
      broker.on((channel) => channel.assertQueue(name, { durable: true, arguments: args }));
    const unlimited = { ...quorum, 'x-delivery-limit': 1_000_000_000 };
    await same(config.pushQueue, {
      ...quorum,
      'x-delivery-limit': 20,
      'x-dead-letter-exchange': config.exchange,
      'x-dead-letter-routing-key': 'failed',
    });
    await same(config.failedQueue, unlimited);
    await same(config.statusQueue, unlimited);
    for (const delayMs of DELAYS_MS) {
      await same(broker.delayQueue(delayMs), {
        ...quorum,
        'x-message-ttl': delayMs,
        'x-dead-letter-exchange': config.exchange,
        'x-dead-letter-routing-key': 'push',
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      });
    }
    await broker.on((channel) =>
      channel.assertExchange(config.exchange, 'direct', { durable: true }),
    );
  });

  it('binds push.queue by push and by push.queue, and failed.queue by failed', async () => {
    const { inbox } = await apps.startConnected();
    await broker.publish({ request_id: 'by-push' }, { key: 'push' });
    await broker.publish({ request_id: 'by-queue-name' }, { key: 'push.queue' });
    await broker.publish({ request_id: 'dead' }, { key: 'failed' });
    await waitFor('both messages', () => inbox.ids.length === 2);
    expect(inbox.ids.sort()).toEqual(['by-push', 'by-queue-name']);
    expect((await broker.take(config.failedQueue)).content.toString()).toBe(
      '{"request_id":"dead"}',
    );
  });

  it('declares no status queue where this deployment does not relay status events', async () => {
    await apps.startConnected({ relaysStatus: false });
    expect(await broker.exists(config.statusQueue)).toBe(false);
  });

  it('is declared by several instances at once', async () => {
    const started = await Promise.all([apps.start(), apps.start(), apps.start()]);
    await waitFor('all connected', () => started.every(({ server }) => server.connected));
    expect(await broker.consumers()).toBe(30);
  });

  const others: [string, object][] = [
    ['no arguments', {}],
    [
      'a dead-letter route of its own',
      { 'x-dead-letter-exchange': 'elsewhere', 'x-dead-letter-routing-key': 'failed' },
    ],
    ['x-max-priority', { 'x-max-priority': 10 }],
    ['a time to live', { 'x-message-ttl': 3_600_000 }],
  ];
  it.each(others)('uses a push.queue of another team, with %s, as it is', async (_, args) => {
    await broker.on((channel) =>
      channel.assertQueue(config.pushQueue, { durable: true, arguments: args }),
    );
    const { inbox } = await apps.startConnected();
    await broker.publish({ request_id: 'one' }, { priority: 3 });
    await waitFor('the message', () => inbox.ids.length === 1);
    await broker.on((channel) =>
      channel.assertQueue(config.pushQueue, { durable: true, arguments: args }),
    );
  });

  it('uses an exchange of another team that is direct but not durable', async () => {
    await broker.on((channel) =>
      channel.assertExchange(config.exchange, 'direct', { durable: false }),
    );
    const { inbox } = await apps.startConnected();
    await broker.publish({ request_id: 'one' });
    await waitFor('the message', () => inbox.ids.length === 1);
  });

  it('explains what to do about an exchange of another type, and recovers when that is done', async () => {
    await broker.on((channel) =>
      channel.assertExchange(config.exchange, 'topic', { durable: true }),
    );
    const { server, publisher, inbox } = await apps.start();
    const refusal = async (): Promise<string> =>
      publisher.publish('push', {}).then(
        () => '',
        (error: unknown) => (error as Error).message,
      );
    await waitFor('an explanation', async () =>
      (await refusal()).includes('It has to be a direct exchange'),
    );
    expect(await refusal()).toContain("received 'direct' but current is 'topic'");
    expect(server.connected).toBe(false);

    await broker.on((channel) => channel.deleteExchange(config.exchange));
    await waitFor('recovery', () => server.connected && publisher.connected, 20_000);
    await publisher.publish('push', { request_id: 'one' });
    await waitFor('the message', () => inbox.ids.length === 1);
  });

  it('consumes again within seconds after push.queue was deleted', async () => {
    const { server, inbox } = await apps.startConnected();
    for (const id of ['one', 'two']) {
      await broker.on((channel) => channel.deleteQueue(config.pushQueue));
      await waitFor('the loss of the consumers', () => !server.connected);
      await waitFor('recovery', () => server.connected, 4000);
      expect(await broker.consumers()).toBe(10);
      await broker.publish({ request_id: id });
      await waitFor('the message', () => inbox.ids.includes(id));
    }
  });

  it('receives a message that is published to a push.queue just deleted', async () => {
    const { publisher, inbox } = await apps.startConnected();
    await broker.on((channel) => channel.deleteQueue(config.pushQueue));
    await publisher.publish('push', { request_id: 'one' });
    await waitFor('the message', () => inbox.ids.length === 1, 4000);
  });
});
