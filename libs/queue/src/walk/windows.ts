import type { Channel, ConsumeMessage } from 'amqplib';

/** What is held back goes out when the broker has answered the first; the second waits for that. */
const CATCH_UP_ROUNDS = 2;

/**
 * Consumers of one queue on one channel, one after the other, each of which may hold so many messages: what a window
 * holds when the next is opened stays held. So messages come in the queue's order, however many of them are held.
 */
export class Windows {
  private consumers = 0;
  private consumerTag?: string;
  private total = 0;
  private opening?: Promise<void>;

  constructor(
    private readonly channel: Channel,
    private readonly queue: string,
    /** Null where the broker has ended the consumer: its queue was deleted, or has lost its node. */
    private readonly onMessage: (message: ConsumeMessage | null) => void,
  ) {}

  /** Messages that all windows so far may hold. */
  get credit(): number {
    return this.total;
  }

  /**
   * Opens the next, unless that is going on.
   * @param size messages, at most 65535; asked for when the one before is shut; 0 opens none
   */
  widen(size: () => number): Promise<void> {
    this.opening ??= this.open(size).finally(() => (this.opening = undefined));
    return this.opening;
  }

  /** Nothing more comes; what is held stays held. */
  async shut(): Promise<void> {
    await this.opening;
    await this.cancel();
  }

  /**
   * Resolves when every ack sent so far has been carried out. RabbitMQ holds back acks of a quorum queue while 32 of them
   * are under way, and forgets those when the channel closes; a consumer that comes or goes waits in the same line.
   * May deliver a message or two.
   */
  async catchUp(): Promise<void> {
    for (let round = 0; round < CATCH_UP_ROUNDS; round += 1) {
      await this.open(() => 1);
      await this.cancel();
    }
  }

  private async open(size: () => number): Promise<void> {
    await this.cancel();
    const more = size();
    if (more <= 0) return;
    this.total += more;
    this.consumers += 1;
    // The broker gives back what consumers hold in the order of their tags.
    const consumerTag = (this.consumerTag = `walk-${String(this.consumers).padStart(6, '0')}`);
    await this.channel.prefetch(more);
    await this.channel.consume(this.queue, this.onMessage, { consumerTag });
  }

  private async cancel(): Promise<void> {
    if (this.consumerTag === undefined) return;
    await this.channel.cancel(this.consumerTag);
    this.consumerTag = undefined;
  }
}
