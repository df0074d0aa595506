import { setTimeout as sleep } from 'node:timers/promises';
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Channel, ChannelModel } from 'amqplib';
import { Publisher } from '../publisher';
import { QueueBrowseError } from '../queue.errors';
import { TopologyService } from '../topology.service';
import { QueueWalk } from './queue-walk';
import type { BrowseOptions, BrowseReport, BrowseVisitor } from './walk';
import { WalkLock } from './walk-lock';

/** Milliseconds that a walk waits for another one to end. */
const WAIT_MS = 2000;
const RETRY_EVERY_MS = 100;
const TIMEOUT_MS = 20_000;
/** Between looks at whether there is anything left to come. */
const LOOK_EVERY_MS = 500;
/** At most, for what is given back to be seen by the next who asks. */
const VISIBLE_WITHIN_MS = 2000;

/**
 * Walks through a queue without taking out of it what is to stay. One walk at a time in the whole deployment: of two,
 * each would see what the other does not hold just then.
 */
@Injectable()
export class QueueBrowser implements BeforeApplicationShutdown {
  private readonly walks = new Set<QueueWalk>();
  private readonly walking = new Set<string>();

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly topology: TopologyService,
    private readonly publisher: Publisher,
  ) {}

  /**
   * Visits each message that is in the queue now, once, first to last; afterwards those that stay are back, in their
   * order. A process that dies on the way loses none. In a queue that another team has made, and that counts deliveries,
   * a message that was delivered before is replaced by a copy at the end, as a limit may drop it.
   * @throws {QueueBrowseError}
   */
  async browse(
    queue: string,
    visitor: BrowseVisitor,
    options: BrowseOptions = {},
  ): Promise<BrowseReport> {
    await this.takeTurn(queue);
    try {
      const connection = this.connection();
      const lock = await this.lock(connection, queue);
      try {
        return await this.walkLocked(connection, lock, queue, visitor, options);
      } finally {
        await lock.release();
      }
    } finally {
      this.walking.delete(queue);
    }
  }

  /** Walks end early; what they have begun on is finished. */
  beforeApplicationShutdown(): void {
    for (const walk of this.walks) walk.cutShort();
  }

  private async walkLocked(
    connection: ChannelModel,
    { channel }: WalkLock,
    queue: string,
    visitor: BrowseVisitor,
    { atMost = Infinity, timeoutMs = TIMEOUT_MS }: BrowseOptions,
  ): Promise<BrowseReport> {
    const depth = await depthOf(channel, queue);
    const walk = new QueueWalk(await connection.createChannel(), visitor, {
      queue,
      depth,
      atMost: Math.min(depth, atMost),
      renew: this.topology.isOurs(queue)
        ? undefined
        : (message) => this.publisher.replaceInQueue(queue, message),
    });
    this.walks.add(walk);
    const deadline = setTimeout(() => walk.cutShort(), timeoutMs);
    const lookout = setInterval(endWhereNothingComes(walk, channel, queue), LOOK_EVERY_MS);
    try {
      return await walk.run();
    } finally {
      clearTimeout(deadline);
      clearInterval(lookout);
      this.walks.delete(walk);
      await untilBack(channel, queue, walk.kept);
    }
  }

  private connection(): ChannelModel {
    const { connection } = this.amqp.managedConnection;
    if (connection === undefined) throw new QueueBrowseError('NOT_CONNECTED');
    return connection;
  }

  /** Among the walks of this process, whose connection is one. */
  private async takeTurn(queue: string): Promise<void> {
    await patiently(() => {
      if (this.walking.has(queue)) throw new QueueBrowseError('BUSY');
      this.walking.add(queue);
    });
  }

  private lock(connection: ChannelModel, queue: string): Promise<WalkLock> {
    return patiently(() => WalkLock.take(connection, queue));
  }
}

/** Tries again for a while where somebody else is at it. */
async function patiently<T>(work: () => T | Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const busy = error instanceof QueueBrowseError && error.code === 'BUSY';
      if (!busy || Date.now() > giveUpAt) throw error;
      await sleep(RETRY_EVERY_MS);
    }
  }
}

async function depthOf(channel: Channel, queue: string): Promise<number> {
  try {
    return (await channel.checkQueue(queue)).messageCount;
  } catch (error) {
    throw new QueueBrowseError('QUEUE_GONE', { cause: error });
  }
}

/** Somebody else may have taken what was there at the start. */
function endWhereNothingComes(walk: QueueWalk, channel: Channel, queue: string): () => void {
  let before = -1;
  return () => {
    const { progress } = walk;
    if (progress === before) {
      void depthOf(channel, queue).then(
        (ready) => {
          if (ready === 0 && walk.progress === progress) walk.giveUp();
        },
        () => walk.giveUp(),
      );
    }
    before = progress;
  };
}

/** The broker gives back after it has said that the channel is closed: whoever asks right then would miss some. */
async function untilBack(channel: Channel, queue: string, kept: number): Promise<void> {
  const giveUpAt = Date.now() + VISIBLE_WITHIN_MS;
  while (Date.now() < giveUpAt) {
    const ready = await depthOf(channel, queue).catch(() => kept);
    if (ready >= kept) return;
    await sleep(5);
  }
}
