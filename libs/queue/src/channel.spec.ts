import { EventEmitter } from 'node:events';
import type { Channel } from 'amqplib';
import { closeChannel } from './channel';

class FakeChannel extends EventEmitter {
  constructor(readonly close: () => Promise<void>) {
    super();
  }
}

const closing = (close: () => Promise<void>): { channel: FakeChannel; closed: Promise<void> } => {
  const channel = new FakeChannel(close);
  return { channel, closed: closeChannel(channel as unknown as Channel) };
};

describe('closeChannel', () => {
  it('resolves when the broker has answered', async () => {
    await closing(() => Promise.resolve()).closed;
  });

  it('resolves when the channel is closed already', async () => {
    await closing(() => Promise.reject(new Error('Channel closed'))).closed;
  });

  it('resolves when the connection breaks before the broker has answered', async () => {
    const { channel, closed } = closing(() => new Promise(() => undefined));
    channel.emit('close');
    await closed;
  });
});
