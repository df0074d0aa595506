import { waitFor } from '../../support/wait-for';
import { Broker } from './support/broker';
import { gate, holds } from './support/patience';
import { PushApps } from './support/push-app';

const intake = { prefetch: 10, concurrency: 20, windowInitial: 5 };

describe('drain', () => {
  const broker = new Broker();
  const apps = new PushApps(broker.env);

  beforeAll(() => broker.open());
  afterEach(async () => {
    await apps.closeAll();
    await broker.clean();
  });
  afterAll(() => broker.close());

  it('finishes messages in flight, requeues the others and leaves nothing unacked', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected({ intake });
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(40);
    await waitFor('five in flight', () => server.inFlight === 5 && server.waiting === 15);
    let drained = false;
    const draining = server.drain(5000).then(() => (drained = true));
    await waitFor('35 in the queue', async () => (await broker.ready()) === 35);
    await holds('waiting for messages in flight', () => !drained && server.inFlight === 5);
    held.open();
    await draining;
    expect([server.inFlight, server.connected]).toEqual([0, false]);
    await holds('35 in the queue', async () => (await broker.ready()) === 35);
    expect(inbox.bodies).toHaveLength(5);
  });

  it('leaves messages to the broker that do not finish in time', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected({ intake });
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(8);
    await waitFor('five in flight', () => server.inFlight === 5);
    const began = Date.now();
    await server.drain(200);
    expect(Date.now() - began).toBeLessThan(2000);
    await waitFor('all in the queue', async () => (await broker.ready()) === 8);
    held.open();
    await waitFor('late settlements', () => server.inFlight === 0);
    expect(await broker.ready()).toBe(8);
  });

  it('loses nothing under load and repeats only messages in flight, with another instance taking over', async () => {
    const leaving = await apps.startConnected({ intake });
    const staying = await apps.startConnected({ intake });
    for (const { inbox } of [leaving, staying]) {
      inbox.handler = async (_body, context) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        context.ack();
      };
    }
    await broker.publishMany(500);
    await waitFor('some work', () => leaving.inbox.bodies.length > 50);
    await leaving.app.close(); // not drained before: only messages in flight may be repeated
    const all = (): string[] => [...leaving.inbox.ids, ...staying.inbox.ids];
    await waitFor('all', () => new Set(all()).size === 500);
    expect(all().length).toBeLessThanOrEqual(520);
    await waitFor('nothing in flight', () => staying.server.inFlight === 0);
    expect(await broker.ready()).toBe(0);
  });

  it('can be called twice, and while there is no broker', async () => {
    const nowhere = new PushApps({ ...broker.env, RABBITMQ_URL: 'amqp://127.0.0.1:1' });
    const { server } = await nowhere.start({ intake });
    await Promise.all([server.drain(1000), server.drain(1000), server.pause(), server.resume()]);
    expect(server.connected).toBe(false);
    await nowhere.closeAll();
  });

  it('waits until everything that a pause requeues is requeued, once', async () => {
    const { inbox, server } = await apps.startConnected({
      intake: { ...intake, windowInitial: 1 },
    });
    const held = gate();
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(20);
    await waitFor('one in flight', () => server.waiting === 19);
    await server.pause(); // from now on they have been delivered before, and copies replace them
    await server.resume();
    await waitFor('all of them again', () => server.waiting === 19);
    const paused = server.pause();
    held.open();
    await Promise.all([paused, apps.closeAll()]);
    await waitFor('the others in the queue', async () => (await broker.ready()) >= 19);
    await holds('no copy beside its original', async () => (await broker.ready()) === 19);
  });

  it('does not close before the broker has applied every ack', async () => {
    const messages = 100;
    const { inbox, server } = await apps.startConnected({
      intake: { prefetch: messages, concurrency: messages, windowInitial: messages },
    });
    const held = gate();
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(messages);
    await waitFor('all in flight', () => server.inFlight === messages);
    await server.pause();
    const draining = server.drain(5000);
    held.open();
    await draining;
    await apps.closeAll();
    await holds('nothing in the queue', async () => (await broker.ready()) === 0);
  });
});
