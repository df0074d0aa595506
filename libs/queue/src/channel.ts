import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';

/** What the broker answered when it refused an operation. */
export interface Refusal {
  /** AMQP reply code, such as 404 or 406. */
  code: number;
  /** The broker's own words. */
  text: string;
}

export type Attempt<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/** The broker's refusal in an error of amqplib; undefined for any other error, such as a lost connection. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') {
    return undefined;
  }
  const quoted = /with message "(.*)"$/s.exec(error.message)?.[1] ?? error.message;
  return { code: error.code, text: quoted.replace(/^[A-Z_]+ - /, '') };
}

/** The message of anything thrown; a failed connection to a name with several addresses has only a code. */
export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('message' in error && typeof error.message === 'string' && error.message !== '') {
    return error.message;
  }
  return 'code' in error ? String(error.code) : 'unknown error';
}

/**
 * Tries an operation on a channel of its own, as the broker closes the channel of any operation that it refuses.
 * @throws when the connection breaks
 */
export async function attempt<T>(
  connection: ChannelModel,
  operation: (channel: Channel) => Promise<T>,
): Promise<Attempt<T>> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined); // reported by the operation's promise
  try {
    const value = await operation(channel);
    await closeChannel(channel);
    return { ok: true, value };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { ok: false, refusal };
  }
}

/**
 * Closes a channel; resolves when it is closed, for whatever reason. amqplib's own promise stays pending when the
 * connection breaks meanwhile. Never rejects.
 */
export async function closeChannel(channel: Channel): Promise<void> {
  await new Promise<void>((resolve) => {
    channel.once('close', resolve);
    // Rejects where it is closed already: by the broker, or with its connection.
    channel.close().then(resolve, () => resolve());
  });
}

/** Waits for some work, at most so many milliseconds. The work is not stopped; its error is ignored. */
export async function within(ms: number, work: () => Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const ended = work()
    .catch(() => undefined)
    .finally(() => done.abort());
  const timeout = sleep(ms, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([ended, timeout]);
}
