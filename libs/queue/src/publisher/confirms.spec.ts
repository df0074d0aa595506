import { EventEmitter } from 'node:events';
import type { ConfirmChannel } from 'amqplib';
import type { PublishError } from '../queue.errors';
import { Confirms } from './confirms';
import type { Outgoing } from './outgoing';

const TIMEOUT_MS = 1000;

type Confirm = (error: Error | null) => void;

/** amqplib's channel, as far as it is known here: what was published on it, and the answer to each. */
class FakeChannel extends EventEmitter {
  readonly sent: string[] = [];
  readonly confirms: Confirm[] = [];
  hasRoom = true;
  problem?: Error;
  closes = 0;

  publish(
    _exchange: string,
    _key: string,
    content: Buffer,
    _options: object,
    confirm: Confirm,
  ): boolean {
    this.confirms.push(confirm);
    if (this.problem) throw this.problem;
    this.sent.push(content.toString());
    return this.hasRoom;
  }

  close(): Promise<void> {
    this.closes += 1;
    return Promise.resolve();
  }
}

const message = (text: string, messageId = text): Outgoing => ({
  exchange: 'x',
  routingKey: 'k',
  content: Buffer.from(text),
  options: { messageId },
});

describe('Confirms', () => {
  let channel: FakeChannel;
  let confirms: Confirms;
  /** What became of each message so far. */
  let ends: Record<string, boolean | string>;

  const send = (text: string, messageId?: string): void => {
    confirms.send(message(text, messageId)).then(
      (routed) => (ends[text] = routed),
      (error: unknown) => (ends[text] = (error as PublishError).code),
    );
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  const return_ = (messageId: string): void =>
    void channel.emit('return', {
      fields: { exchange: 'x', routingKey: 'k' },
      properties: { messageId },
    });

  beforeEach(() => {
    jest.useFakeTimers();
    channel = new FakeChannel();
    confirms = new Confirms(channel as unknown as ConfirmChannel, TIMEOUT_MS);
    ends = {};
  });

  afterEach(() => jest.useRealTimers());

  it('ends each publish with its own confirm, in whatever order they come', async () => {
    for (const text of ['a', 'b', 'c']) send(text);
    channel.confirms[1]!(null);
    channel.confirms[2]!(new Error('message nacked'));
    await settle();
    expect(ends).toEqual({ b: true, c: 'NACKED' });
    channel.confirms[0]!(null);
    await settle();
    expect(ends).toEqual({ a: true, b: true, c: 'NACKED' });
  });

  it('tells which of them came back, of two that look the same too', async () => {
    send('a', 'same');
    send('b', 'same');
    send('c');
    return_('same');
    return_('same');
    for (const confirm of channel.confirms) confirm(null);
    send('d', 'same');
    channel.confirms[3]!(null);
    await settle();
    expect(ends).toEqual({ a: false, b: false, c: true, d: true });
  });

  it('gives each its full time, with one timer for all', async () => {
    send('a');
    jest.advanceTimersByTime(TIMEOUT_MS - 400);
    send('b');
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(399);
    await settle();
    expect(ends).toEqual({});
    jest.advanceTimersByTime(1);
    await settle();
    expect(ends).toEqual({ a: 'TIMEOUT' });
    jest.advanceTimersByTime(TIMEOUT_MS - 401);
    await settle();
    expect(ends).toEqual({ a: 'TIMEOUT' });
    jest.advanceTimersByTime(1);
    await settle();
    expect(ends).toEqual({ a: 'TIMEOUT', b: 'TIMEOUT' });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives one that comes much later its full time too', async () => {
    send('a');
    channel.confirms[0]!(null);
    jest.advanceTimersByTime(TIMEOUT_MS - 1);
    send('b');
    jest.advanceTimersByTime(TIMEOUT_MS - 1);
    await settle();
    expect(ends).toEqual({ a: true });
    jest.advanceTimersByTime(1);
    await settle();
    expect(ends).toEqual({ a: true, b: 'TIMEOUT' });
  });

  it('takes a confirm that comes too late for nobody else, nor what came back before it', async () => {
    send('a', 'same');
    jest.advanceTimersByTime(TIMEOUT_MS);
    send('b', 'same');
    return_('same');
    channel.confirms[0]!(null);
    channel.confirms[1]!(null);
    await settle();
    expect(ends).toEqual({ a: 'TIMEOUT', b: true });
  });

  it('loses all with the channel, those too that amqplib forgets', async () => {
    for (const text of ['a', 'b', 'c']) send(text);
    channel.confirms[1]!(null);
    channel.confirms[0]!(new Error('channel closed'));
    channel.emit('close');
    await settle();
    expect(ends).toEqual({ a: 'CONNECTION_LOST', b: true, c: 'CONNECTION_LOST' });
    expect(confirms.open).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('believes no confirm and sends nothing more once amqplib has thrown', async () => {
    send('a');
    channel.problem = new TypeError('cannot be encoded');
    send('b');
    expect(confirms.open).toBe(false);
    expect(channel.closes).toBe(1);
    for (const confirm of channel.confirms) confirm(null);
    await settle();
    expect(ends).toEqual({ a: 'CONNECTION_LOST', b: 'CONNECTION_LOST' });
    channel.emit('close');
  });

  describe('when the channel has no room', () => {
    beforeEach(() => {
      channel.hasRoom = false;
      for (const text of ['a', 'b', 'c', 'd']) send(text);
    });

    it('waits until it has', async () => {
      expect(channel.sent).toEqual(['a']);
      channel.emit('drain');
      expect(channel.sent).toEqual(['a', 'b']);
      channel.hasRoom = true;
      channel.emit('drain');
      expect(channel.sent).toEqual(['a', 'b', 'c', 'd']);
      for (const confirm of channel.confirms) confirm(null);
      await settle();
      expect(ends).toEqual({ a: true, b: true, c: true, d: true });
    });

    it('never sends what has been given up meanwhile', async () => {
      jest.advanceTimersByTime(TIMEOUT_MS);
      await settle();
      expect(Object.values(ends)).toEqual(Array(4).fill('TIMEOUT'));
      channel.emit('drain');
      expect(channel.sent).toEqual(['a']);
    });

    it('never sends what was lost with the channel', async () => {
      channel.emit('close');
      channel.emit('drain');
      await settle();
      expect(channel.sent).toEqual(['a']);
      expect(Object.values(ends)).toEqual(Array(4).fill('CONNECTION_LOST'));
    });

    it('sends nothing more once amqplib has thrown', async () => {
      channel.hasRoom = true;
      channel.problem = new TypeError('cannot be encoded');
      channel.emit('drain');
      await settle();
      expect(channel.confirms).toHaveLength(2);
      expect(Object.values(ends)).toEqual(Array(4).fill('CONNECTION_LOST'));
    });
  });
});
