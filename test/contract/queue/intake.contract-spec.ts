import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushContext } from '@push/queue';
import { waitFor } from '../../support/wait-for';
import { gate, holds } from './support/patience';
import { queueSuite } from './support/suite';

const fixture = (name: string): Buffer =>
  readFileSync(join(__dirname, '../../fixtures/messages', name));

describe('PushQueueServer', () => {
  const { broker, proxy, apps } = queueSuite();
  const { config } = broker;

  describe('the body of a message', () => {
    const value = (name: string): unknown => JSON.parse(fixture(name).toString());

    it('is raw JSON, whatever content type it claims', async () => {
      const { inbox } = await apps.startConnected();
      const content = fixture('canonical.json');
      for (const contentType of [undefined, 'application/json', 'text/plain', 'nonsense']) {
        await broker.publish(content, { contentType });
      }
      await waitFor('all', () => inbox.bodies.length === 4);
      for (const body of inbox.bodies)
        expect(body).toEqual({ ok: true, value: value('canonical.json') });
    });

    it('is taken out of the envelope of a Nest client', async () => {
      const { inbox } = await apps.startConnected();
      const { data } = value('nest-envelope.json') as { data: unknown };
      await broker.publish(fixture('nest-envelope.json'));
      await broker.publish({ pattern: 'another', data, id: '7' });
      await waitFor('both', () => inbox.bodies.length === 2);
      for (const body of inbox.bodies) expect(body).toEqual({ ok: true, value: data });
    });

    it('is an explanation and its bytes where it is not JSON', async () => {
      const { inbox } = await apps.startConnected();
      await broker.publish(fixture('malformed.txt'));
      await waitFor('it', () => inbox.bodies.length === 1);
      expect(inbox.bodies[0]).toEqual({
        ok: false,
        problem: expect.stringContaining('not valid JSON'),
        raw: fixture('malformed.txt'),
      });
    });

    it('may be null, and does not block the messages after it', async () => {
      const { inbox } = await apps.startConnected();
      await broker.publish(fixture('malformed-null.json'));
      await broker.publish({ request_id: 'next' });
      await waitFor('both', () => inbox.bodies.length === 2);
      expect(inbox.bodies[0]).toEqual({ ok: true, value: null });
    });

    it('is not parsed where it is too large', async () => {
      const { inbox } = await apps.startConnected({ intake: { maxMessageBytes: 50 } });
      await broker.publish({ text: 'x'.repeat(50) });
      await waitFor('it', () => inbox.bodies.length === 1);
      expect(inbox.bodies[0]).toMatchObject({
        ok: false,
        problem: expect.stringContaining('at most 50'),
      });
    });
  });

  it('passes properties and headers of a message to the handler', async () => {
    const { inbox } = await apps.startConnected();
    await broker.publish(
      { request_id: 'r' },
      {
        key: 'push.queue',
        messageId: 'm',
        timestamp: 1_700_000_000,
        headers: { 'x-correlation-id': 'c', 'x-parked-count': 2, 'x-not-before': 5 },
      },
    );
    await waitFor('it', () => inbox.contexts.length === 1);
    const context = inbox.contexts[0] as PushContext;
    const { redelivered, deliveryCount, parkedCount, notBefore } = context;
    const { correlationId, messageId, publishedAt, exchange, routingKey, settled } = context;
    expect({ redelivered, deliveryCount, parkedCount, notBefore }).toEqual({
      redelivered: false,
      deliveryCount: 0,
      parkedCount: 2,
      notBefore: 5,
    });
    expect({ correlationId, messageId, publishedAt, exchange, routingKey, settled }).toEqual({
      correlationId: 'c',
      messageId: 'm',
      publishedAt: 1_700_000_000_000,
      exchange: config.exchange,
      routingKey: 'push.queue',
      settled: true,
    });
    expect(context.getMessage()).toBe(context.message);
  });

  it('holds exactly as many messages as may be in flight, over consumers of the prefetch count each', async () => {
    const held = gate();
    const { server, inbox } = await apps.startConnected({
      intake: { prefetch: 10, concurrency: 25, windowInitial: 25 },
    });
    inbox.handler = async (_body, context) => {
      await held.opened;
      context.ack();
    };
    expect(await broker.consumers()).toBe(3);
    await broker.publishMany(60);
    await waitFor('25 in flight', () => server.inFlight === 25);
    await holds(
      '25 in flight',
      async () => server.inFlight === 25 && (await broker.ready()) === 35,
    );
    held.open();
    await waitFor('all', () => inbox.bodies.length === 60);
    await waitFor('nothing in flight', () => server.inFlight === 0);
    expect(new Set(inbox.ids).size).toBe(60);
  });

  it('starts few messages at first and one more for each success', async () => {
    const { server, inbox } = await apps.start({
      intake: { prefetch: 10, concurrency: 20, windowInitial: 2 },
    });
    let most = 0;
    const begun: PushContext[] = [];
    inbox.handler = async (_body, context) => {
      begun.push(context);
      most = Math.max(most, server.inFlight);
      await waitFor('its settlement', () => context.settled);
    };
    await waitFor('topology', () => server.connected);
    await broker.publishMany(40);
    await waitFor('two begun', () => begun.length === 2);
    await holds('two of twenty', () => begun.length === 2 && server.inFlight === 2, 200);
    await waitFor('the others waiting', () => server.waiting === 18);
    begun[0]!.ack({ success: false });
    await waitFor('one more', () => begun.length === 3);
    expect(server.currentLimit).toBe(2);
    begun[1]!.ack();
    await waitFor('two more', () => begun.length === 5);
    expect(server.currentLimit).toBe(3);
    for (let n = 2; n < 40; n++) {
      await waitFor('the next', () => begun.length > n);
      begun[n]!.ack();
    }
    await waitFor('the end', () => server.inFlight === 0);
    expect(server.currentLimit).toBe(20);
    expect(most).toBeLessThanOrEqual(20);
  });

  it('requeues a message whose handler fails, after a second, until the delivery limit dead-letters it', async () => {
    const { inbox, server } = await apps.startConnected({ deliveryLimit: 1 });
    inbox.handler = async () => Promise.reject(new Error('a bug'));
    await broker.publish({ request_id: 'r' });
    const { content } = await broker.take(config.failedQueue);
    expect(content.toString()).toBe('{"request_id":"r"}');
    expect(inbox.contexts.map(({ deliveryCount }) => deliveryCount)).toEqual([0, 1]);
    expect(server.inFlight).toBe(0);
  });

  it('requeues a message whose handler ends without settling it', async () => {
    const { inbox } = await apps.startConnected();
    inbox.handler = (_body, context) => {
      if (context.redelivered) context.ack();
    };
    await broker.publish({ request_id: 'r' });
    await waitFor('both deliveries', () => inbox.contexts.length === 2);
    await waitFor('settled', () => inbox.contexts.every((context) => context.settled));
  });

  it('settles a message once, and ignores further settlements', async () => {
    const { inbox, server } = await apps.startConnected();
    inbox.handler = (_body, context) => {
      context.ack();
      context.ack();
      context.requeue();
    };
    await broker.publishMany(20);
    await waitFor('all', () => inbox.bodies.length === 20);
    await holds('the channel', () => server.connected && inbox.bodies.length === 20);
  });

  it('never dead-letters an interrupted message, however often it is requeued and however low the limit', async () => {
    const { inbox } = await apps.startConnected({ deliveryLimit: 1 });
    inbox.handler = (_body, context) => {
      if (inbox.bodies.length < 20) context.requeue();
      else context.ack();
    };
    await broker.publish({ request_id: 'r' }, { headers: { mine: 'kept' }, correlationId: 'c' });
    await waitFor('twenty deliveries', () => inbox.bodies.length === 20);
    expect(await broker.ready(config.failedQueue)).toBe(0);
    expect(inbox.contexts[19]!.message.properties).toMatchObject({ correlationId: 'c' });
    expect(inbox.contexts[19]!.message.properties.headers).toMatchObject({ mine: 'kept' });
  });

  it('ignores settlements on a closed channel, frees the slot, and receives the message again', async () => {
    const held = gate();
    const { inbox, server } = await apps.startConnected();
    inbox.handler = async (_body, context) => {
      if (!context.redelivered) await held.opened;
      context.ack();
    };
    await broker.publishMany(3);
    await waitFor('all in flight', () => server.inFlight === 3);
    proxy.cut();
    await waitFor('the connection loss', () => !server.connected);
    held.open();
    await waitFor('the slots', () => server.inFlight === 0);
    await waitFor('all again', () => inbox.bodies.length === 6);
    await waitFor('all done', () => server.connected && server.inFlight === 0);
    await holds('an empty queue', async () => (await broker.ready()) === 0);
    expect(inbox.bodies).toHaveLength(6);
  });

  it('starts without a broker, and consumes when there is one', async () => {
    await proxy.stop();
    const { inbox, server, publisher } = await apps.start();
    expect([server.connected, publisher.connected]).toEqual([false, false]);
    await proxy.start();
    await waitFor('the broker', () => server.connected && publisher.connected);
    await publisher.publish('push', { request_id: 'r' });
    await waitFor('the message', () => inbox.ids.length === 1);
  });

  it('shares the queue with another instance', async () => {
    const first = await apps.startConnected();
    const second = await apps.startConnected();
    await broker.publishMany(300);
    const all = (): string[] => [...first.inbox.ids, ...second.inbox.ids];
    await waitFor('all', () => all().length === 300);
    expect(new Set(all()).size).toBe(300);
    expect(first.inbox.ids.length).toBeGreaterThan(0);
    expect(second.inbox.ids.length).toBeGreaterThan(0);
  });
});
