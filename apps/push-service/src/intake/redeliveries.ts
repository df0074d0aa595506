import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { PushContext } from '@push/queue';
import { RedisCommandError, RedisConnection } from '@push/redis';
import { Turns } from '../delivery/turns';

/** Longer than any supervisor waits before it starts a crashed process again. */
const KEEP_MS = 3_600_000;

const COUNT = `
local count = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return count`;

/**
 * Counts how often a message was begun and did not get through, by its body: what takes its worker down before its
 * claim is there to count it. A broker's own count is of no use for that, as a crash raises it for every message the
 * worker was sent; and classic queues do not count at all.
 */
@Injectable()
export class Redeliveries {
  private readonly logger = new Logger(Redeliveries.name);
  private readonly turns = new Turns();

  constructor(private readonly redis: RedisConnection) {}

  /**
   * Begins on a message. What is delivered again is counted first and begun alone, so that a crash in the work is put
   * down to this one; what is delivered for the first time costs nothing.
   * @param work is told how often the message was begun before; synchronous, as a crash after it is the claim's to count
   * @returns undefined while Redis cannot tell
   */
  async begin<T>(context: PushContext, work: (before: number) => T): Promise<T | undefined> {
    if (!context.redelivered) return work(0);
    return this.turns.take(async () => {
      const before = await this.count(context);
      return before === undefined ? undefined : work(before);
    });
  }

  /** Tells that a message got through, wherever to. Never throws: what is not forgotten now is within an hour. */
  async forget(context: PushContext): Promise<void> {
    if (!context.redelivered) return;
    const key = this.key(context);
    try {
      await this.redis.run((client) => client.del(key));
    } catch (error) {
      this.logger.debug({ err: error }, 'A count of redeliveries could not be deleted');
    }
  }

  private async count(context: PushContext): Promise<number | undefined> {
    const key = this.key(context);
    try {
      return Number(await this.redis.run((client) => client.eval(COUNT, 1, key, KEEP_MS)));
    } catch (error) {
      if (!(error instanceof RedisCommandError)) return undefined;
      this.logger.warn({ err: error }, 'Redeliveries of a message cannot be counted');
      return 0;
    }
  }

  private key({ message }: PushContext): string {
    const digest = createHash('sha256').update(message.content).digest('hex').slice(0, 32);
    return this.redis.key(`redelivered:${digest}`);
  }
}
