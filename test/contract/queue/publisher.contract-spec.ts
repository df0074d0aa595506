import { HEADERS } from '@push/contracts';
import type { PublishError, Publisher } from '@push/queue';
import { waitFor } from '../../support/wait-for';
import type { PushApps } from './support/push-app';
import { queueSuite } from './support/suite';

const failure = (publishing: Promise<void>): Promise<PublishError> =>
  publishing.then(
    () => {
      throw new Error('It was published');
    },
    (error: unknown) => error as PublishError,
  );

describe('Publisher', () => {
  const { broker, proxy, apps } = queueSuite();
  const { config } = broker;

  async function start(options: Parameters<PushApps['start']>[0] = {}): Promise<Publisher> {
    const { server, publisher } = await apps.startConnected(options);
    await server.pause(); // the test takes the messages
    return publisher;
  }

  it('resolves when the broker has confirmed the message, persistent and with its properties', async () => {
    const publisher = await start();
    const options = { correlationId: 'c-1', messageId: 'm-1', priority: 3, headers: { a: 'b' } };
    await publisher.publish('failed', { request_id: 'r-1' }, options);
    const { content, properties } = await broker.take(config.failedQueue);
    expect(JSON.parse(content.toString())).toEqual({ request_id: 'r-1' });
    expect(properties).toMatchObject({
      deliveryMode: 2,
      contentType: 'application/json',
      correlationId: 'c-1',
      messageId: 'm-1',
      priority: 3,
      headers: { a: 'b' },
    });
    expect(Math.abs(properties.timestamp * 1000 - Date.now())).toBeLessThan(5000);
  });

  it('publishes bytes unchanged', async () => {
    const publisher = await start();
    await publisher.publish('failed', Buffer.from([0, 255, 1]), { contentType: 'x/y' });
    const { content, properties } = await broker.take(config.failedQueue);
    expect(content).toEqual(Buffer.from([0, 255, 1]));
    expect(properties.contentType).toBe('x/y');
  });

  it('publishes a large body of bytes', async () => {
    const publisher = await start();
    const body = Buffer.alloc(1_000_000, Buffer.from([0, 255, 7]));
    await publisher.publish('failed', body, { contentType: 'application/octet-stream' });
    const { content, properties } = await broker.take(config.failedQueue);
    expect(content.equals(body)).toBe(true);
    expect(properties.contentType).toBe('application/octet-stream');
  });

  it('confirms many messages published at once', async () => {
    const publisher = await start();
    const many = Array.from({ length: 2000 }, (_, n) => publisher.publish('failed', { n }));
    await Promise.all(many);
    await waitFor('all', async () => (await broker.ready(config.failedQueue)) === 2000);
  });

  it('rejects a message that no queue is bound for, and no other', async () => {
    const publisher = await start();
    const published = publisher.publish('failed', {}, { messageId: 'same' });
    const error = await failure(publisher.publish('nobody', {}, { messageId: 'same' }));
    expect(error).toMatchObject({ name: 'PublishError', code: 'UNROUTABLE', retryable: true });
    await published;
    await publisher.publish('nobody', {}, { mandatory: false });
  });

  it('rejects each of several identical messages that no queue is bound for', async () => {
    const publisher = await start();
    const publishes = [1, 2, 3].map(() => publisher.publish('nobody', {}, { messageId: 'same' }));
    const errors = await Promise.all(publishes.map(failure));
    expect(errors.map(({ code }) => code)).toEqual(['UNROUTABLE', 'UNROUTABLE', 'UNROUTABLE']);
  });

  it('rejects at once while the broker blocks the connection, and publishes again afterwards', async () => {
    const { server, publisher, amqp } = await apps.startConnected();
    await server.pause();
    amqp.managedConnection.emit('blocked', { reason: 'low on memory' });
    expect(publisher.connected).toBe(false);
    const error = await failure(publisher.publish('failed', {}));
    expect(error).toMatchObject({ code: 'NOT_CONNECTED', retryable: true });
    amqp.managedConnection.emit('unblocked');
    await publisher.publish('failed', {});
    expect(await broker.ready(config.failedQueue)).toBe(1);
  });

  it('rejects a message that the broker refuses because the queue is full', async () => {
    await broker.on((channel) =>
      channel.assertQueue(config.failedQueue, {
        durable: true,
        arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
      }),
    );
    const publisher = await start();
    await publisher.publish('failed', { n: 1 });
    const error = await failure(publisher.publish('failed', { n: 2 }));
    expect(error).toMatchObject({ code: 'NACKED', retryable: true });
  });

  it('rejects at once while there is no broker, and publishes again when there is', async () => {
    const publisher = await start();
    await proxy.stop();
    await waitFor('the connection loss', () => !publisher.connected);
    const began = Date.now();
    const error = await failure(publisher.publish('failed', { n: 'lost' }));
    expect(error).toMatchObject({ code: 'NOT_CONNECTED', retryable: true });
    expect(Date.now() - began).toBeLessThan(100);
    await proxy.start();
    await waitFor('the broker', () => publisher.connected);
    await publisher.publish('failed', { n: 'kept' });
    expect((await broker.take(config.failedQueue)).content.toString()).toBe('{"n":"kept"}');
    expect(await broker.ready(config.failedQueue)).toBe(0);
  });

  it('rejects a message that was not confirmed when the connection broke', async () => {
    const publisher = await start();
    proxy.silence();
    const publishing = failure(publisher.publish('failed', {}));
    proxy.recover();
    expect(await publishing).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
  });

  it('rejects a message that is not confirmed in time', async () => {
    const publisher = await start({ publishTimeoutMs: 300 });
    proxy.silence();
    const error = await failure(publisher.publish('failed', {}));
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true });
    proxy.recover();
  });

  it('recovers when the broker closes only its channel', async () => {
    const publisher = await start();
    await broker.on((channel) => channel.deleteExchange(config.exchange));
    expect(await failure(publisher.publish('failed', {}))).toMatchObject({ retryable: true });
    await waitFor('recovery', () => publisher.connected);
    await publisher.publish('failed', {});
  });

  it('refuses headers that AMQP cannot carry, without affecting other messages', async () => {
    const publisher = await start();
    const headers: Record<string, unknown>[] = [
      { big: 'x'.repeat(70_000) },
      { [`n${'x'.repeat(300)}`]: 1 },
      { f: () => 1 },
    ];
    for (const bad of headers) {
      const before = publisher.publish('failed', { n: 'before' });
      const error = await failure(publisher.publish('failed', {}, { headers: bad }));
      expect(error).toMatchObject({ code: 'INVALID_MESSAGE', retryable: false });
      await before;
      await publisher.publish('failed', { n: 'after' });
    }
    await waitFor('six', async () => (await broker.ready(config.failedQueue)) === 6);
  });

  it('settles every publish, and recovers, after a message that amqplib cannot encode', async () => {
    const publisher = await start();
    const before = publisher.publish('failed', { n: 1 }).catch(() => undefined);
    const odd = { priority: 'high' as unknown as number };
    const error = await failure(publisher.publish('failed', { n: 2 }, odd));
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    expect(await failure(publisher.publish('failed', {}))).toMatchObject({ code: 'NOT_CONNECTED' });
    await before;
    await waitFor('recovery', () => publisher.connected);
    await publisher.publish('failed', { n: 3 });
  });

  it('truncates an id that is too long for a property', async () => {
    const publisher = await start();
    await publisher.publish('failed', {}, { correlationId: 'ü'.repeat(400) });
    const { properties } = await broker.take(config.failedQueue);
    expect(properties.correlationId).toMatch(/^ü{100,}/);
  });

  it('requeues a copy with its priority and its expiration, and parks one without the expiration', async () => {
    const publisher = await start();
    const message = {
      content: Buffer.from('{}'),
      properties: { priority: 7, expiration: '60000', headers: { mine: 'kept' } },
    };
    await publisher.requeueCopy(message);
    expect((await broker.take(config.pushQueue)).properties).toMatchObject({
      priority: 7,
      expiration: '60000',
      headers: { mine: 'kept', [HEADERS.renewed]: true },
    });
    await publisher.park(message, 1800_000);
    const { properties } = await broker.take(broker.delayQueue(1800_000));
    expect(properties).toMatchObject({ priority: 7, expiration: undefined });
  });

  it('requeues a copy without its headers where they are too large', async () => {
    const publisher = await start();
    const headers = { big: 'x'.repeat(50_000), [HEADERS.notBefore]: 7, [HEADERS.parked]: 1 };
    await publisher.requeueCopy({ content: Buffer.from('{}'), properties: { headers } });
    const renewed = (await broker.take(config.pushQueue)).properties.headers;
    expect(renewed).not.toHaveProperty('big');
    expect(renewed).toMatchObject({
      [HEADERS.renewed]: true,
      [HEADERS.notBefore]: 7,
      [HEADERS.parked]: 1,
    });
  });

  describe('when somebody deleted a queue', () => {
    it('declares it again and publishes, also many messages at once', async () => {
      const publisher = await start();
      await broker.on((channel) => channel.deleteQueue(config.failedQueue));
      await Promise.all(Array.from({ length: 300 }, (_, n) => publisher.publish('failed', { n })));
      await waitFor('all', async () => (await broker.ready(config.failedQueue)) === 300);
    });

    it('binds a queue again that somebody unbound', async () => {
      const publisher = await start();
      const { exchange, failedQueue } = config;
      await broker.on((channel) => channel.unbindQueue(failedQueue, exchange, 'failed'));
      await publisher.publish('failed', {});
      expect(await broker.ready(failedQueue)).toBe(1);
    });
  });

  describe('park', () => {
    const message = {
      content: Buffer.from([123, 0, 255]),
      properties: {
        contentType: 'application/x-mine',
        messageId: 'm-1',
        correlationId: 'c-1',
        priority: 5,
        timestamp: 1_700_000_000,
        expiration: '1',
        userId: 'someone-else',
        headers: {
          mine: 'kept',
          nested: { list: [1, 'two', true, null] },
          CC: ['failed'],
          'x-delivery-count': 3,
          'x-death': [{ queue: config.pushQueue, reason: 'expired', count: 1 }],
        },
      },
    };

    it('returns the message after the delay, with bytes, properties and headers unchanged', async () => {
      const publisher = await start();
      const parkedAt = Date.now();
      await publisher.park(message, 1000, { 'x-correlation-id': 'c-2' });
      expect(await broker.ready(config.pushQueue)).toBe(0);
      const { content, properties, fields } = await broker.take(config.pushQueue);
      expect(Date.now() - parkedAt).toBeGreaterThanOrEqual(990);
      expect(content).toEqual(message.content);
      expect(fields.routingKey).toBe('push');
      expect(properties).toMatchObject({
        contentType: 'application/x-mine',
        messageId: 'm-1',
        correlationId: 'c-1',
        priority: 5,
        timestamp: 1_700_000_000,
      });
      expect(properties.headers).toMatchObject({
        mine: 'kept',
        nested: { list: [1, 'two', true, null] },
        'x-correlation-id': 'c-2',
        [HEADERS.parked]: 1,
      });
      expect(properties.headers![HEADERS.notBefore]).toBeGreaterThanOrEqual(parkedAt + 1000);
      expect(await broker.ready(config.failedQueue)).toBe(0);
    });

    it('counts how often a message was parked', async () => {
      const publisher = await start();
      await publisher.park({ content: Buffer.from('{}'), properties: {} }, 0);
      await publisher.park(await broker.take(config.pushQueue), 1);
      const { properties } = await broker.take(config.pushQueue);
      expect(properties.headers![HEADERS.parked]).toBe(2);
    });

    const delays: [number, number][] = [
      [1001, 5000],
      [60_000, 60_000],
      [86_400_000, 1_800_000],
    ];
    it.each(delays)('parks a message for %d ms in the queue of %d ms', async (delayMs, queueMs) => {
      const publisher = await start();
      await publisher.park(message, delayMs);
      const { properties } = await broker.take(broker.delayQueue(queueMs));
      const wait = (properties.headers![HEADERS.notBefore] as number) - Date.now();
      expect(Math.abs(wait - delayMs)).toBeLessThan(1000);
    });

    it('declares a delay queue again that somebody deleted', async () => {
      const publisher = await start();
      await broker.on((channel) => channel.deleteQueue(broker.delayQueue(5000)));
      await publisher.park(message, 5000);
      expect(await broker.ready(broker.delayQueue(5000))).toBe(1);
    });

    const unsendable: [string, Record<string, unknown>][] = [
      ['are too large', { big: 'x'.repeat(50_000) }],
      ['cannot be encoded', { odd: NaN }],
    ];
    it.each(unsendable)('parks a message without its headers where they %s', async (_, headers) => {
      const publisher = await start();
      const ours = { [HEADERS.publishedAt]: 1_700_000_000_000, [HEADERS.parked]: 2 };
      const properties = { ...message.properties, headers: { ...headers, ...ours } };
      await publisher.park({ ...message, properties }, 1000, { 'x-correlation-id': 'c-2' });
      const parked = await broker.take(config.pushQueue);
      expect(parked.content).toEqual(message.content);
      expect(parked.properties).toMatchObject({ messageId: 'm-1', correlationId: 'c-1' });
      expect(parked.properties.headers).toMatchObject({
        [HEADERS.publishedAt]: 1_700_000_000_000,
        [HEADERS.parked]: 3,
        [HEADERS.notBefore]: expect.any(Number),
        'x-correlation-id': 'c-2',
      });
      for (const name of Object.keys(headers)) {
        expect(parked.properties.headers).not.toHaveProperty(name);
      }
    });
  });
});
