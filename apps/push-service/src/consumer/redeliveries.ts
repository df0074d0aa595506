import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { PushContext } from '@push/queue';
import { RedisCommandError, RedisConnection, type RedisClient } from '@push/redis';
import { Beginnings } from '../delivery/turns';

/** Longer than any supervisor waits before it starts a crashed process again. */
const KEEP_MS = 3_600_000;

const COUNT = `
local count = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return count`;

/** A message that is begun. */
export interface Begun {
  /** Times it was begun before, and did not get as far as its claim. */
  before: number;
  /** To be told once it has its claim, which counts from then on. Never rejects. Absent where nobody has to know. */
  claimed?: () => Promise<void>;
}

const FOR_THE_FIRST_TIME: Begun = { before: 0 };

/**
 * Counts how often a message was begun and did not get as far as its claim: what takes its worker down before that is
 * there to count it. A broker's own count is of no use for that, as a crash raises it for every message the
 * worker was sent; and classic queues do not count at all.
 */
@Injectable()
export class Redeliveries {
  private readonly logger = new Logger(Redeliveries.name);

  constructor(
    private readonly redis: RedisConnection,
    private readonly beginnings: Beginnings,
  ) {}

  /**
   * Begins on a message. What is delivered again is counted first, and the next is begun when this one has its claim or
   * needs none, so that a crash is put down to this one; what is delivered for the first time costs nothing.
   * @returns what the work does; undefined while Redis cannot tell
   */
  begin<T>(context: PushContext, work: (begun: Begun) => Promise<T>): Promise<T | undefined> {
    if (!context.redelivered) return work(FOR_THE_FIRST_TIME);
    return this.beginnings.take(async (over) => {
      const before = await this.count(context);
      if (before === undefined) return undefined;
      const claimed = async (): Promise<void> => {
        await this.forget(context);
        setImmediate(over); // not before the work has made its first step
      };
      return work({ before, claimed });
    });
  }

  /** Tells that a message got through, wherever to. Never throws: what is not forgotten now is within an hour. */
  async forget(context: PushContext): Promise<void> {
    if (!context.redelivered) return;
    const key = this.key(context);
    await this.tell((client) => client.del(key));
  }

  /** Tells that a message with a claim could not be settled for good: its count goes on. Never throws. */
  async remember(context: PushContext, before: number): Promise<void> {
    if (before === 0) return;
    const key = this.key(context);
    await this.tell((client) => client.set(key, before, 'PX', KEEP_MS));
  }

  private async tell(command: (client: RedisClient) => Promise<unknown>): Promise<void> {
    try {
      await this.redis.run(command);
    } catch (error) {
      this.logger.debug({ err: error }, 'A count of redeliveries could not be changed');
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

  /** By its AMQP id too, which may be all that tells two requests with the same body apart. */
  private key({ message, messageId = '' }: PushContext): string {
    const digest = createHash('sha256').update(`${messageId}\n`).update(message.content);
    return this.redis.key(`redelivered:${digest.digest('hex').slice(0, 32)}`);
  }
}
