import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for';
import { gate, holds } from './support/patience';
import { queueSuite } from './support/suite';

const intake = { prefetch: 10, concurrency: 20, windowInitial: 50 };

describe('a change of the maximum concurrency', () => {
  const { broker, proxy, apps } = queueSuite();

  it('opens the missing consumers, and keeps to the new maximum in flight', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected({ intake });
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(60);
    await waitFor('twenty in flight', () => server.inFlight === 20);
    await server.setMaxConcurrency(35);
    expect([server.maxConcurrency, server.openConsumers]).toEqual([35, 4]);
    await waitFor('35 in flight', () => server.inFlight === 35 && server.waiting === 0);
    expect(await broker.ready()).toBe(25);
    held.open();
    await waitFor('all', () => inbox.bodies.length === 60 && server.inFlight === 0);
    expect(new Set(inbox.ids).size).toBe(60);
  });

  it('cancels surplus consumers, and lets messages in flight finish', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected({ intake });
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    await broker.publishMany(60);
    await waitFor('twenty in flight', () => server.inFlight === 20);
    await server.setMaxConcurrency(3);
    expect([server.openConsumers, server.inFlight, server.currentLimit]).toEqual([1, 20, 3]);
    // The new consumer gets its prefetch count; nothing more arrives.
    await waitFor('its prefetch count', () => server.waiting === 3);
    await holds('no more', () => server.inFlight === 20 && server.waiting === 3);
    const most: number[] = [];
    inbox.handler = async (_body, context) => {
      most.push(server.inFlight);
      await sleep(5);
      context.ack();
    };
    held.open();
    await waitFor('all', () => inbox.bodies.length === 60 && server.inFlight === 0);
    expect(Math.max(...most)).toBe(3);
    expect(new Set(inbox.ids).size).toBe(60);
    expect(Math.max(...inbox.contexts.map(({ deliveryCount }) => deliveryCount))).toBe(0);
  });

  it('can be changed while paused, and persists across resume and reconnect', async () => {
    const { inbox, server } = await apps.startConnected({ intake });
    await server.pause();
    await server.setMaxConcurrency(30);
    await waitFor('no consumers', async () => (await broker.consumers()) === 0);
    await server.resume();
    await waitFor('three consumers', async () => (await broker.consumers()) === 3);
    proxy.cut();
    await waitFor('the connection loss', () => !server.connected);
    await waitFor('the broker', () => server.connected);
    await waitFor('three consumers', async () => (await broker.consumers()) === 3);
    await broker.publishMany(30);
    await waitFor('all', () => inbox.bodies.length === 30);
  });

  it('loses nothing and settles nothing twice when changed many times in quick succession', async () => {
    const { inbox, server } = await apps.startConnected({ intake });
    const acked: string[] = [];
    inbox.handler = async (body, context) => {
      await sleep(2);
      acked.push(body.ok ? (body.value as { request_id: string }).request_id : '');
      context.ack();
    };
    const changes: Promise<void>[] = [];
    for (let n = 0; n < 40; n++) {
      await broker.publishMany(20, `r${n}-`);
      changes.push(server.setMaxConcurrency([1, 100, 25, 9][n % 4] ?? 1));
      if (n % 10 === 5) changes.push(server.pause(), server.setMaxConcurrency(50), server.resume());
    }
    await Promise.all(changes);
    await server.setMaxConcurrency(20);
    await waitFor('all', () => new Set(acked).size === 800 && server.inFlight === 0, 30_000);
    await waitFor('two consumers', async () => (await broker.consumers()) === 2);
    expect(await broker.ready()).toBe(0);
    expect(acked).toHaveLength(800);
    expect(await broker.ready(broker.config.failedQueue)).toBe(0);
  });
});
