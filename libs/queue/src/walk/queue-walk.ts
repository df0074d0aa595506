import type { Channel, ConsumeMessage } from 'amqplib';
import { messageOf } from '../channel';
import { ack } from '../settle';
import { closeChannel } from '../channel';
import { QueueBrowseError } from '../queue.errors';
import { InHand } from './in-hand';
import { Rest } from './rest';
import type { BrowseReport, BrowseVisitor } from './walk';
import {
  AT_ONCE,
  isToBeRenewed,
  MAX_BYTES_IN_HAND,
  windowSizeFor,
  type WalkPlan,
} from './walk-plan';
import { Windows } from './windows';

/**
 * One walk through a queue, on a channel of its own. What it has looked at stays unacknowledged, so that it comes to
 * each message once, until the channel is closed: then, or when the process dies, the broker puts all of it back in its
 * order. (A `nack` of many would put it back in any order: RabbitMQ 3.10.)
 */
export class QueueWalk {
  private readonly inHand = new InHand(AT_ONCE);
  private readonly windows: Windows;
  private readonly rest: Rest;
  private readonly windowSize: number;
  private visited = 0;
  /** Gone from the queue: removed, or replaced by a copy. */
  private settled = 0;
  private removed = 0;
  private passedOver = 0;
  private over = false;
  private cut = false;
  private failure?: Error;
  private finish: () => void = () => undefined;
  private readonly onClose = (): void => this.fail(new QueueBrowseError('CONNECTION_LOST'));

  constructor(
    private readonly channel: Channel,
    private readonly visitor: BrowseVisitor,
    private readonly plan: WalkPlan,
  ) {
    this.windowSize = windowSizeFor(plan);
    this.windows = new Windows(channel, plan.queue, (message) => this.onMessage(message));
    this.rest = new Rest(this.windows, plan.depth, this.windowSize);
  }

  /** @throws {QueueBrowseError} when the channel closes on the way; nothing is lost by it */
  async run(): Promise<BrowseReport> {
    const finished = new Promise<void>((resolve) => (this.finish = resolve));
    this.channel.on('error', () => undefined); // its close tells
    this.channel.once('close', this.onClose);
    if (this.plan.atMost === 0) this.end();
    this.widenWhereFull();
    await finished;
    await this.settle();
    if (this.failure !== undefined) throw this.failure;
    const { depth } = this.plan;
    const complete = this.visited >= depth && this.passedOver === 0;
    return { depth, visited: this.visited, removed: this.removed, complete };
  }

  /** Messages that the broker has to put back. */
  get kept(): number {
    return this.rest.delivered - this.settled;
  }

  get progress(): number {
    return this.rest.delivered + this.settled;
  }

  /** Visits nothing more, and begins on nothing that waits for its turn: there is no time left. */
  cutShort(): void {
    this.cut = true;
    this.end();
  }

  /** Waits for nothing more: somebody else has taken what was there. */
  giveUp(): void {
    this.rest.giveUp();
    this.end();
  }

  /** Visits nothing more. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.finish();
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(messageOf(error));
    this.rest.giveUp();
    this.cutShort();
  }

  private async settle(): Promise<void> {
    // A consumer that is gone delivers nothing more, and keeps what it has.
    if (this.failure === undefined) await this.windows.shut().catch(this.onClose);
    await this.inHand.idle();
    await this.catchUp();
    this.channel.removeListener('close', this.onClose);
    await closeChannel(this.channel);
  }

  /** What the broker still has to know or to deliver before it may put all back. */
  private async catchUp(): Promise<void> {
    try {
      // Copies go to the end anyway.
      if (this.plan.renew === undefined) await this.rest.hold();
      if (this.settled > 0 && this.failure === undefined) await this.windows.catchUp();
    } catch {
      this.onClose();
    }
    await this.inHand.idle();
  }

  private onMessage(message: ConsumeMessage | null): void {
    if (message === null) {
      this.fail(new QueueBrowseError('QUEUE_GONE')); // deleted, or its node has gone
      return;
    }
    this.rest.note(message);
    if (this.over) {
      this.putBack(message);
      return;
    }
    this.visited += 1;
    try {
      this.step(message);
    } catch (error) {
      this.fail(error);
    }
    if (this.visited >= this.plan.atMost) this.end();
    else this.widenWhereFull();
  }

  private step(message: ConsumeMessage): void {
    switch (this.visitor.visit(message)) {
      case 'take':
        if (this.inHand.bytes < MAX_BYTES_IN_HAND) {
          this.take(message);
          return;
        }
        this.passedOver += 1;
        break;
      case 'stop':
        this.visited -= 1;
        this.end();
        break;
      case 'keep':
    }
    this.putBack(message);
  }

  private take(message: ConsumeMessage): void {
    this.handle(message, async () => {
      if (this.cut) this.passedOver += 1;
      else if (await this.visitor.take?.(message).catch(() => false)) {
        this.removed += 1;
        return true;
      }
      return this.renewed(message);
    });
  }

  private putBack(message: ConsumeMessage): void {
    if (isToBeRenewed(this.plan, message)) this.handle(message, () => this.renewed(message));
  }

  /** A message that a limit counts the deliveries of is replaced before it reaches that limit. */
  private async renewed(message: ConsumeMessage): Promise<boolean> {
    const counted = isToBeRenewed(this.plan, message);
    if (counted) await this.plan.renew?.(message);
    return counted;
  }

  /** @param work tells whether the message is to leave the queue */
  private handle(message: ConsumeMessage, work: () => Promise<boolean>): void {
    const settle = async (): Promise<void> => {
      try {
        if (!(await work())) return;
        ack(this.channel, message);
        this.settled += 1;
      } catch (error) {
        this.fail(error); // a copy that cannot be made: every further look would cost
      }
    };
    void this.inHand.see(message.content.length, settle).then(() => this.widenWhereFull());
  }

  /** All that the consumer may hold is kept: it would get nothing more. */
  private widenWhereFull(): void {
    if (this.over || this.kept - this.inHand.count < this.windows.credit) return;
    const size = (): number =>
      this.over ? 0 : Math.min(this.windowSize, this.plan.atMost - this.visited);
    this.windows.widen(size).catch(this.onClose);
  }
}
