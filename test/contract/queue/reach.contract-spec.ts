import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for';
import { holds } from './support/patience';
import type { PushApp } from './support/push-app';
import { queueSuite } from './support/suite';

const intake = { prefetch: 10, concurrency: 500, windowInitial: 100 };
const MESSAGES = 1500;

describe('the reach of intake', () => {
  const { broker, apps } = queueSuite();

  /** Messages that wait for a slow neighbour, until told that it is fast. */
  const slow = ({ inbox, server }: PushApp): { most: () => number; hurry: () => void } => {
    let each = 200;
    let most = 0;
    inbox.handler = async (_body, context) => {
      most = Math.max(most, server.inFlight);
      await sleep(each);
      context.ack();
    };
    return { most: () => most, hurry: () => (each = 1) };
  };

  const all = async ({ inbox, server }: PushApp): Promise<void> => {
    await waitFor('all', () => inbox.bodies.length >= MESSAGES && server.inFlight === 0);
    expect(inbox.bodies).toHaveLength(MESSAGES);
    expect(new Set(inbox.ids).size).toBe(MESSAGES);
  };

  it('grows beyond the first hundred while messages wait, stays over a rest, and falls back when fewer do', async () => {
    const app = await apps.startConnected({ intake: { ...intake, windowIdleMs: 50 } });
    const { server } = app;
    expect([server.reach, server.maxConcurrency, server.openConsumers]).toEqual([100, 500, 10]);
    expect(await broker.consumers()).toBe(10);
    const { hurry } = slow(app);
    await broker.publishMany(MESSAGES);
    await waitFor('over two hundred in hand', () => server.inFlight > 200);
    expect(server.reach).toBeGreaterThan(200);
    await waitFor('their consumers', () => server.openConsumers === server.reach / 10);
    hurry();
    await all(app);
    const { reach } = server;
    await holds('what it has grown to', () => server.reach === reach, 500);
    const trickle = async (): Promise<boolean> => {
      await broker.publishMany(1);
      return server.reach === 100;
    };
    await waitFor('the first hundred, after ten seconds of little work', trickle, 60_000);
    await waitFor('ten consumers', async () => (await broker.consumers()) === 10);
  });

  it('does not grow beyond the most', async () => {
    const app = await apps.startConnected({ intake: { ...intake, concurrency: 100 } });
    const { most, hurry } = slow(app);
    await broker.publishMany(MESSAGES);
    await holds('ten consumers', () => app.server.openConsumers === 10, 2000);
    hurry();
    await all(app);
    expect(most()).toBe(100);
  });

  it('begins anew after a pause', async () => {
    const app = await apps.startConnected({ intake });
    const { server } = app;
    const { hurry } = slow(app);
    await broker.publishMany(MESSAGES);
    await waitFor('two hundred', () => server.reach >= 200);
    await server.pause();
    hurry();
    await server.resume();
    expect([server.reach, server.openConsumers]).toEqual([100, 10]);
    await waitFor('all', () => new Set(app.inbox.ids).size === MESSAGES && server.inFlight === 0);
  });

  it('opens what is missing, and closes no consumer in order to grow', async () => {
    const app = await apps.startConnected({ intake: { ...intake, prefetch: 60 } });
    const { server, inbox } = app;
    const consumersFrom = (first: number): string[] => [
      ...new Set(inbox.contexts.slice(first).map(({ message }) => message.fields.consumerTag)),
    ];
    const { hurry } = slow(app);
    await broker.publishMany(MESSAGES);
    await waitFor('a hundred in hand', () => server.inFlight === 100);
    const before = consumersFrom(0);
    expect(before).toHaveLength(2);
    await waitFor('six consumers', () => server.openConsumers === 6);
    const begun = inbox.contexts.length;
    hurry();
    await all(app);
    expect(consumersFrom(begun)).toEqual(expect.arrayContaining(before));
    expect(Math.max(...inbox.contexts.map(({ deliveryCount }) => deliveryCount))).toBe(0);
  });
});
