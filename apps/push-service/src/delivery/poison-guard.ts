import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { Claim } from '@push/idempotency';
import type { PushContext } from '@push/queue';
import { RedisCommandError, RedisConnection, type RedisClient } from '@push/redis';
import { DeliveryConfig } from './delivery.config';
import { StoppingError } from './delivery.errors';

/** Longer than any supervisor waits before it restarts a crashed process. */
const KEEP_MS = 3_600_000;
/** Suspected poison messages that wait for each other in memory; each takes a place of those in flight. */
const MAX_WAITING_SUSPECTS = 2;

const COUNT = `
local count = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return count`;

/** The start of the work on one message. */
export class Start {
  private readonly locks: (() => void)[] = [];

  /**
   * @param startedBefore times it was started before and did not reach its claim
   * @param onClaimed makes the count in Redis end
   */
  constructor(
    readonly startedBefore = 0,
    private readonly onClaimed?: () => Promise<void>,
  ) {}

  /** Its claim counts from now on. To be called before any further work. Never rejects. */
  async claimed(): Promise<void> {
    await this.onClaimed?.();
  }

  /** Keeps a lock until the end of the work. */
  hold(unlock: () => void): void {
    this.locks.push(unlock);
  }

  /** The work on the request has ended, however. */
  end(): void {
    for (const unlock of this.locks) unlock();
  }
}

/**
 * Finds messages that end their worker, and gives them up after GIVE_UP_AFTER_DELIVERIES starts.
 *
 * Before a message has its claim, starts are counted here: a broker's own count is of no use, as a crash raises it for
 * every message the worker was sent, and classic queues do not count at all. From then on the claim counts take-overs.
 * So that a crash is attributed to the message that causes it, redelivered messages are started one at a time up to their
 * claim, and suspects are processed one at a time.
 */
@Injectable()
export class PoisonGuard {
  private readonly logger = new Logger(PoisonGuard.name);
  private readonly starts = new Mutex();
  private readonly suspects = new Mutex();
  private stopping = false;

  constructor(
    private readonly redis: RedisConnection,
    private readonly config: DeliveryConfig,
  ) {}

  /**
   * Starts the work on a message. What is delivered for the first time costs nothing. Call `end` when it has ended.
   * @returns undefined while Redis cannot count
   */
  async start(context: PushContext): Promise<Start | undefined> {
    if (!context.redelivered) return new Start();
    const unlock = await this.starts.lock();
    const startedBefore = await this.count(context);
    if (startedBefore === undefined) {
      unlock();
      return undefined;
    }
    const start = new Start(startedBefore, async () => {
      await this.forget(context);
      setImmediate(unlock); // not before the first step after the claim
    });
    start.hold(unlock);
    return start;
  }

  /**
   * Waits until a suspect may be processed alone among the suspects, and while no other message is started.
   * @returns how to let the next message start; undefined where too many suspects wait already
   * @throws {StoppingError} where its turn comes too late
   */
  async isolate(start: Start): Promise<(() => void) | undefined> {
    if (this.suspects.waiting >= MAX_WAITING_SUSPECTS) return undefined;
    start.hold(await this.suspects.lock());
    const unlock = await this.starts.lock();
    start.hold(unlock);
    if (this.stopping) throw new StoppingError();
    return unlock;
  }

  /** The process stops: no suspect is started any more. */
  stop(): void {
    this.stopping = true;
  }

  /** Whether a message was given up before, and not even that was completed: then it is not read again. */
  isUnreadable(start: Start): boolean {
    return start.startedBefore > this.config.giveUpAfterDeliveries;
  }

  /** The same by the take-overs of its claim. */
  isPastGivingUp(claim: Claim): boolean {
    return claim.takeOvers > this.config.giveUpAfterDeliveries;
  }

  /** Whether a request has been started too often and was never completed. */
  isGivenUp(start: Start, claim: Claim): boolean {
    return Math.max(start.startedBefore, claim.takeOvers) >= this.config.giveUpAfterDeliveries;
  }

  /** The message has been settled. Never throws: what is not forgotten now expires within an hour. */
  async forget(context: PushContext): Promise<void> {
    if (!context.redelivered) return;
    const key = this.key(context);
    await this.update((client) => client.del(key));
  }

  /** A message with a claim could not be settled, and would fail again: its count goes on. Never throws. */
  async remember(context: PushContext, { startedBefore }: Start): Promise<void> {
    if (startedBefore === 0) return;
    const key = this.key(context);
    await this.update((client) => client.set(key, startedBefore, 'PX', KEEP_MS));
  }

  private async update(command: (client: RedisClient) => Promise<unknown>): Promise<void> {
    try {
      await this.redis.run(command);
    } catch (error) {
      this.logger.debug({ err: error }, 'The count of starts could not be changed');
    }
  }

  private async count(context: PushContext): Promise<number | undefined> {
    const key = this.key(context);
    try {
      return Number(await this.redis.run((client) => client.eval(COUNT, 1, key, KEEP_MS)));
    } catch (error) {
      if (!(error instanceof RedisCommandError)) return undefined;
      this.logger.warn({ err: error }, 'The starts of a message cannot be counted');
      return 0;
    }
  }

  /** By its AMQP id too, which may be all that distinguishes two requests with the same body. */
  private key({ message, messageId = '' }: PushContext): string {
    const digest = createHash('sha256').update(`${messageId}\n`).update(message.content);
    return this.redis.key(`redelivered:${digest.digest('hex').slice(0, 32)}`);
  }
}

/** A lock that is granted in the order it was asked for. */
class Mutex {
  /** Callers that have not got it yet. */
  waiting = 0;
  private last: Promise<void> = Promise.resolve();

  /** @returns how to unlock it; a second call does nothing */
  async lock(): Promise<() => void> {
    const before = this.last;
    let unlock = (): void => undefined;
    this.last = new Promise((resolve) => (unlock = resolve));
    this.waiting += 1;
    await before;
    this.waiting -= 1;
    return unlock;
  }
}
