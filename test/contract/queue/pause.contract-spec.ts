import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for';
import { gate, holds } from './support/patience';
import { queueSuite } from './support/suite';

const intake = { prefetch: 10, concurrency: 20, windowInitial: 5 };

describe('pause and resume', () => {
  const { broker, proxy, apps } = queueSuite();

  it('requeues messages not started, lets messages in flight finish, and consumes nothing until resumed', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected({ intake });
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(40);
    await waitFor('five in flight', () => server.inFlight === 5 && server.waiting === 15);
    await server.pause('a test');
    expect(server.paused).toBe(true);
    expect(server.waiting).toBe(0);
    await waitFor('35 in the queue', async () => (await broker.ready()) === 35);
    held.open();
    await waitFor('the end of messages in flight', () => server.inFlight === 0);
    // A quorum queue counts a cancelled consumer for as long as it has unsettled messages.
    await waitFor('no consumers', async () => (await broker.consumers()) === 0);
    await holds('a pause', async () => inbox.bodies.length === 5 && (await broker.ready()) === 35);

    await server.resume();
    expect(server.paused).toBe(false);
    await waitFor('all', () => inbox.bodies.length === 40);
    expect(new Set(inbox.ids).size).toBe(40);
    // Requeued once, not redelivered to consumers that were still open.
    expect(Math.max(...inbox.contexts.map(({ deliveryCount }) => deliveryCount))).toBe(1);
  });

  it('starts slowly again after a pause', async () => {
    const { inbox, server } = await apps.startConnected({ intake });
    await broker.publishMany(100);
    await waitFor('all', () => inbox.bodies.length === 100);
    expect(server.currentLimit).toBe(20);
    await server.pause();
    await server.resume();
    expect(server.currentLimit).toBe(5);
  });

  it('is followed by a ramp: no more messages in flight than a line allows, whatever the successes', async () => {
    const rampUpMs = 2000;
    const { inbox, server } = await apps.startConnected({ intake: { ...intake, rampUpMs } });
    await server.pause();
    await broker.publishMany(400);
    const excess: number[] = [];
    let most = 0;
    inbox.handler = async (_body, context) => {
      const share = (performance.now() - resumedAt) / rampUpMs;
      excess.push(server.inFlight - Math.floor(5 + 15 * share));
      most = Math.max(most, server.inFlight);
      await sleep(20);
      context.ack();
    };
    const resumedAt = performance.now();
    await server.resume();
    await waitFor('all', () => inbox.bodies.length === 400 && server.inFlight === 0);
    // Without a ramp it would take half a second, with twenty in flight most of the time.
    expect(Math.max(...excess.slice(0, 100))).toBeLessThanOrEqual(0);
    expect(most).toBeGreaterThan(10);
  });

  it('is followed by a ramp that starts waiting messages without further successes', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected({ intake: { ...intake, rampUpMs: 1000 } });
    await server.pause();
    await broker.publishMany(40);
    inbox.handler = async (_body, context) => {
      if (inbox.bodies.length > 5) await held.opened;
      context.ack();
    };
    await server.resume();
    await waitFor('the first five', () => inbox.contexts.slice(0, 5).every((one) => one.settled));
    expect(server.currentLimit).toBeLessThan(10);
    await waitFor('one more for each of the five successes', () => server.inFlight === 10, 3000);
    await holds('no more', () => server.inFlight === 10);
    held.open();
    await waitFor('all', () => inbox.bodies.length === 40);
  });

  it('persists across a reconnect', async () => {
    const { inbox, server } = await apps.startConnected({ intake });
    await server.pause();
    proxy.cut();
    await waitFor('the connection loss', () => !server.connected);
    await waitFor('the broker', () => server.connected);
    await broker.publish({ request_id: 'r' });
    await holds('the pause', async () => (await broker.ready()) === 1 && server.paused);
    await waitFor('no consumers', async () => (await broker.consumers()) === 0);
    await server.resume();
    await waitFor('the message', () => inbox.bodies.length === 1);
  });

  it('can be called while there is no broker', async () => {
    await proxy.stop();
    const { inbox, server } = await apps.start({ intake });
    await server.pause();
    await server.pause();
    await server.resume();
    await server.resume();
    await server.pause();
    await proxy.start();
    await waitFor('the broker', () => server.connected);
    await waitFor('no consumers', async () => (await broker.consumers()) === 0);
    await broker.publish({ request_id: 'r' });
    await server.resume();
    await waitFor('the message', () => inbox.bodies.length === 1);
  });

  it('ends as called last, when called in quick succession', async () => {
    const { inbox, server } = await apps.startConnected({ intake });
    await broker.publishMany(200);
    const calls: Promise<void>[] = [];
    for (let n = 0; n < 20; n++) calls.push(server.pause(), server.resume());
    await Promise.all(calls);
    await waitFor('two consumers', async () => (await broker.consumers()) === 2);
    await waitFor('all', () => inbox.bodies.length >= 200);
    await Promise.all([server.resume(), server.pause()]);
    await waitFor('no consumers', async () => (await broker.consumers()) === 0);
    expect([server.inFlight, server.waiting]).toEqual([0, 0]);
    expect(new Set(inbox.ids).size).toBe(200);
    expect(await broker.ready(broker.config.failedQueue)).toBe(0);
  });

  it.each([
    ['a pause', 0],
    ['a resumption', 2],
  ])('ends as called last, with %s, though connections break meanwhile', async (_, consumers) => {
    const { inbox, server } = await apps.startConnected({ intake });
    await broker.publishMany(200);
    const calls: Promise<void>[] = [];
    for (let n = 0; n < 6; n++) {
      calls.push(server.pause(), server.resume(), server.pause());
      proxy.cut();
      calls.push(server.resume());
      await sleep(n * 100); // at different stages of the reconnect
    }
    if (consumers === 0) calls.push(server.pause());
    await Promise.all(calls);
    await waitFor('the broker', () => server.connected);
    await waitFor('the consumers', async () => (await broker.consumers()) === consumers);
    await holds('no change', async () => (await broker.consumers()) === consumers, 1500);
    await server.resume();
    await waitFor('all', () => new Set(inbox.ids).size === 200);
    await waitFor('an empty queue', async () => (await broker.ready()) === 0);
    expect(await broker.ready(broker.config.failedQueue)).toBe(0);
  });
});
