import { Duplex } from 'node:stream';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ChannelModel } from 'amqplib';

/**
 * Sends all frames of one turn of the event loop in one system call, on every connection of a manager. amqplib writes
 * each frame for itself: with 100 messages in hand that took some 5 us of CPU more for each, and more at the broker.
 */
export function gatherFrames(manager: AmqpConnectionManager): void {
  manager.on('connect', ({ connection }) => {
    // Not in amqplib's types. Without it frames go out as they always did.
    const { stream } = (connection as unknown as ChannelModel).connection as { stream?: unknown };
    if (stream instanceof Duplex) gatherWrites(stream);
  });
}

/** Has everything that is written to a stream in one turn of the event loop handed on at once, at its end. */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...args);
  };
}
