import { setTimeout as sleep } from 'node:timers/promises';
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HEADERS } from '@push/contracts';
import type { Channel, ConsumeMessage } from 'amqplib';
import { bulkhead } from 'cockatiel';
import { closeChannel, messageOf, refusalOf } from './channel';
import { Publisher } from './publisher';
import { lockQueue } from './queue-lock';
import { QueueBrowseError } from './queue.errors';
import { ack, settlementsApplied } from './settle';
import { TopologyService } from './topology.service';

const TIMEOUT_MS = 20_000;
const STALL_CHECK_MS = 500;
const REQUEUED_WITHIN_MS = 2000;
/** Messages taken, or copied, at once. */
const CONCURRENCY = 200;
/** Bytes of messages being taken, above which a message is left for the next browse. */
const MAX_BYTES = 64 * 1024 * 1024;
/** RabbitMQ requeues in order for as many consumers as this; with more it does so in blocks. */
const MAX_CONSUMERS = 28;
const MIN_PREFETCH = 500;
/** AMQP has two bytes for it. */
const MAX_PREFETCH = 65_535;

/** `keep` a message in the queue, `take` it (see `BrowseVisitor.take`), or `stop` before it. */
export type BrowseStep = 'keep' | 'take' | 'stop';

/** Is shown each message of a queue, first to last. */
export interface BrowseVisitor {
  /** Decides at once. What it stores of messages, it has to limit itself. */
  visit(message: ConsumeMessage): BrowseStep;
  /** Handles a message that was taken, many at the same time. It is removed only where this resolves to true. */
  take?(message: ConsumeMessage): Promise<boolean>;
}

export interface BrowseOptions {
  /** Messages to visit. @default all that are ready at the start */
  atMost?: number;
  /** Milliseconds after which no further message is visited. @default 20000 */
  timeoutMs?: number;
}

export interface BrowseReport {
  /** Messages ready at the start; those that arrive, or are requeued, later are not visited. */
  depth: number;
  visited: number;
  removed: number;
  /** Whether all were visited, and all that the visitor wanted to take were passed to it. */
  complete: boolean;
}

@Injectable()
export class QueueBrowser implements BeforeApplicationShutdown {
  private readonly running = new Set<Browse>();

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly topology: TopologyService,
    private readonly publisher: Publisher,
  ) {}

  /**
   * Visits each message that is in the queue now once, first to last; afterwards those that stay are in the queue in
   * their order. A process that is killed meanwhile loses none. In a queue that another team has declared and that counts
   * deliveries, a message that was delivered before is replaced by a copy at the end, as a delivery limit may drop it.
   * @throws {QueueBrowseError}
   */
  async browse(
    queue: string,
    visitor: BrowseVisitor,
    { atMost = Infinity, timeoutMs = TIMEOUT_MS }: BrowseOptions = {},
  ): Promise<BrowseReport> {
    const { connection } = this.amqp.managedConnection;
    if (connection === undefined) throw new QueueBrowseError('NOT_CONNECTED');
    const lock = await lockQueue(connection, queue);
    try {
      const depth = await depthOf(lock, queue);
      const replace = this.topology.isOurs(queue)
        ? undefined
        : (message: ConsumeMessage) => this.publisher.replaceInQueue(queue, message);
      const channel = await connection.createChannel();
      const visits = Math.min(depth, atMost);
      const browse = new Browse(channel, lock, queue, visitor, depth, visits, replace);
      this.running.add(browse);
      return await browse.run(timeoutMs).finally(() => this.running.delete(browse));
    } finally {
      await closeChannel(lock);
    }
  }

  /** Ends all browses early; what they are taking is finished. */
  beforeApplicationShutdown(): void {
    for (const browse of this.running) browse.end({ cut: true });
  }
}

/**
 * One browse, on a channel of its own. What was visited stays unsettled, so that each message comes once, until the
 * channel is closed: then, or when the process is killed, the broker requeues all of it in order. (RabbitMQ 3.10 requeues
 * in any order for a `nack` of many.) Consumers are opened one after the other, each for as many messages as its prefetch
 * count; what one holds stays held when the next is opened, so messages come in the queue's order, however many there are.
 */
class Browse {
  private readonly prefetch: number;
  private readonly workers = bulkhead(CONCURRENCY, Infinity);
  private consumers = 0;
  /** Prefetch counts of all consumers so far. */
  private credit = 0;
  private delivered = 0;
  private visited = 0;
  private removed = 0;
  private skipped = 0;
  private acked = 0;
  /** Being taken or replaced, or waiting for it. */
  private pending = 0;
  private pendingBytes = 0;
  /** Whether the latest message had been delivered before. */
  private redelivered = false;
  private ended: boolean;
  private cut = false;
  private stalled = false;
  private lastProgress = -1;
  private failure?: Error;
  private wake: () => void = () => undefined;
  private readonly onClose = (): void => this.fail(new QueueBrowseError('CONNECTION_LOST'));

  /**
   * @param lock a channel for checking the queue
   * @param replace publishes a copy of a message; undefined where deliveries are not counted
   */
  constructor(
    private readonly channel: Channel,
    private readonly lock: Channel,
    private readonly queue: string,
    private readonly visitor: BrowseVisitor,
    private readonly depth: number,
    private readonly atMost: number,
    private readonly replace?: (message: ConsumeMessage) => Promise<void>,
  ) {
    const ordered = Math.max(MIN_PREFETCH, Math.ceil(depth / MAX_CONSUMERS));
    // Where messages are replaced, all that a consumer holds may have to be copied.
    this.prefetch = replace ? MIN_PREFETCH : Math.min(MAX_PREFETCH, ordered);
    this.ended = atMost === 0;
  }

  /** @throws {QueueBrowseError} when the channel closes; no message is lost */
  async run(timeoutMs: number): Promise<BrowseReport> {
    const deadline = setTimeout(() => this.end({ cut: true }), timeoutMs);
    const stallCheck = setInterval(() => void this.endIfStalled(), STALL_CHECK_MS);
    this.channel.on('error', () => undefined); // followed by its close
    this.channel.once('close', this.onClose);
    await this.visitAll().catch(this.onClose);
    await this.until(() => this.pending === 0);
    await this.holdRest().catch(this.onClose);
    clearTimeout(deadline);
    clearInterval(stallCheck);
    await settlementsApplied(this.channel);
    this.channel.removeListener('close', this.onClose);
    await closeChannel(this.channel);
    await this.untilRequeued();
    if (this.failure !== undefined) throw this.failure;
    const { depth, visited, removed, skipped } = this;
    return { depth, visited, removed, complete: visited >= depth && skipped === 0 };
  }

  /** Visits nothing more. @param cut takes nothing more either, of what waits for its turn */
  end({ cut = false } = {}): void {
    this.ended = true;
    this.cut ||= cut;
    this.wake();
  }

  /** Somebody else may have taken what was there. */
  private async endIfStalled(): Promise<void> {
    const before = this.lastProgress;
    const progress = (this.lastProgress = this.delivered + this.acked);
    if (progress !== before || (await this.ready(0)) > 0) return;
    if (progress !== this.delivered + this.acked) return;
    this.stalled = true;
    this.end();
  }

  private async visitAll(): Promise<void> {
    // A consumer that holds as many as it may is delivered nothing more.
    const isFull = (): boolean => this.delivered - this.acked - this.pending >= this.credit;
    while (!this.ended) {
      const count = Math.min(this.prefetch, this.atMost - this.visited);
      await this.consume(count, () => this.ended || isFull());
    }
  }

  /**
   * A quorum queue delivers requeued messages before new ones, and what is requeued now goes behind those: to keep the
   * order, a browse that ends early has to hold all of them for a moment. (Copies go to the end anyway.)
   */
  private async holdRest(): Promise<void> {
    const arrives = (count: number): boolean =>
      this.redelivered && !this.stalled && !this.replace && this.delivered < count;
    while (arrives(this.depth)) {
      const count = Math.min(this.delivered + this.prefetch, this.depth);
      await this.consume(this.prefetch, () => !arrives(count));
    }
  }

  private async consume(prefetch: number, end: () => boolean): Promise<void> {
    this.credit += prefetch;
    this.consumers += 1;
    // The broker requeues what consumers hold in the order of their tags.
    const consumerTag = `browse-${String(this.consumers).padStart(6, '0')}`;
    await this.channel.prefetch(prefetch);
    await this.channel.consume(this.queue, (message) => this.receive(message), { consumerTag });
    await this.until(end);
    await this.channel.cancel(consumerTag);
  }

  private receive(message: ConsumeMessage | null): void {
    if (message === null) {
      this.fail(new QueueBrowseError('QUEUE_GONE')); // or its node is down
      return;
    }
    this.delivered += 1;
    this.redelivered = message.fields.redelivered;
    try {
      const take = !this.ended && this.isToBeTaken(message);
      if (take || this.isToBeReplaced(message)) void this.process(message, take);
    } catch (error) {
      this.fail(error);
    }
    this.wake();
  }

  private isToBeTaken(message: ConsumeMessage): boolean {
    const step = this.visitor.visit(message);
    if (step !== 'stop') this.visited += 1;
    if (step === 'stop' || this.visited >= this.atMost) this.end();
    if (step !== 'take') return false;
    if (this.pendingBytes >= MAX_BYTES) this.skipped += 1;
    return this.pendingBytes < MAX_BYTES;
  }

  private async process(message: ConsumeMessage, take: boolean): Promise<void> {
    const bytes = message.content.length;
    this.pending += 1;
    this.pendingBytes += bytes;
    const work = (): Promise<void> => this.takeOrReplace(message, take);
    // It rejects where a message could not be copied: each further delivery would count.
    await this.workers.execute(work).catch((error: unknown) => this.fail(error));
    this.pending -= 1;
    this.pendingBytes -= bytes;
    this.wake();
  }

  private async takeOrReplace(message: ConsumeMessage, take: boolean): Promise<void> {
    if (take && this.cut) this.skipped += 1;
    const taken = take && !this.cut && (await this.visitor.take?.(message).catch(() => false));
    if (taken) this.removed += 1;
    else if (this.isToBeReplaced(message)) await this.replace?.(message);
    else return;
    ack(this.channel, message);
    this.acked += 1;
  }

  /** The broker counts deliveries from the second one on: requeueing it again brings it nearer to a limit. */
  private isToBeReplaced({ properties }: ConsumeMessage): boolean {
    const count: unknown = properties.headers?.[HEADERS.deliveryCount];
    return this.replace !== undefined && typeof count === 'number' && count > 0;
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(messageOf(error));
    this.stalled = true;
    this.end({ cut: true });
  }

  /** The broker requeues after it has confirmed that a channel is closed: whoever asks at once would miss some. */
  private async untilRequeued(): Promise<void> {
    const count = this.delivered - this.acked;
    const giveUpAt = Date.now() + REQUEUED_WITHIN_MS;
    while ((await this.ready(count)) < count && Date.now() < giveUpAt) await sleep(5);
  }

  private ready(ifUnknown: number): Promise<number> {
    return depthOf(this.lock, this.queue).catch(() => ifUnknown);
  }

  /** Checked at each message, end of a take, and end of the browse. */
  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

async function depthOf(channel: Channel, queue: string): Promise<number> {
  try {
    return (await channel.checkQueue(queue)).messageCount;
  } catch (cause) {
    throw new QueueBrowseError(refusalOf(cause) ? 'QUEUE_GONE' : 'CONNECTION_LOST', { cause });
  }
}
