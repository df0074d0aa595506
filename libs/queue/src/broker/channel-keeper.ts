import { Logger } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ChannelModel } from 'amqplib';
import { messageOf } from '../channel';
import { closeChannel } from '../channel';
import { settlementsApplied } from '../settle';

export interface ChannelKeeperOptions {
  /** What it is for, in logs. */
  name: string;
  /** Makes a new channel ready. Tried again later when it rejects. */
  setup: (channel: Channel, connection: ChannelModel) => Promise<void>;
  /** Told when the channel is ready. */
  onReady?: () => void;
  /** Told when a channel has closed, whoever closed it. */
  onLost?: (channel: Channel) => void;
  /** Milliseconds from a set-up that failed to the next try. @default 5000 */
  retryMs?: number;
}

/** Milliseconds after which a channel that was ready and has closed is opened anew. */
const REOPEN_MS = 1000;

/**
 * Keeps one channel open and set up: after a reconnect, after the broker has closed only the channel (which the
 * wrapper of amqp-connection-manager does not notice), and after a set-up that failed.
 */
export class ChannelKeeper {
  private readonly logger = new Logger(ChannelKeeper.name);
  private readonly retryMs: number;
  private ready?: Channel;
  private opening?: ChannelModel;
  private retry?: NodeJS.Timeout;
  private closed = false;
  private lastProblem?: string;
  private failedAttempts = 0;
  private readonly onConnect = (): void => this.open();

  constructor(
    private readonly manager: AmqpConnectionManager,
    private readonly options: ChannelKeeperOptions,
  ) {
    this.retryMs = options.retryMs ?? 5000;
    manager.on('connect', this.onConnect);
    this.open();
  }

  /** The channel, once it is set up and as long as it is open. */
  get channel(): Channel | undefined {
    return this.ready;
  }

  /** Attempts at opening it that have come to an end without success: it is being tried, and told why it cannot be. */
  get failures(): number {
    return this.failedAttempts;
  }

  /**
   * Closes for good, once what was settled has been carried out; what was not goes back to the queue with it. Never
   * rejects.
   */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    this.manager.removeListener('connect', this.onConnect);
    if (this.ready === undefined) return;
    await settlementsApplied(this.ready);
    await closeChannel(this.ready);
  }

  private open(): void {
    clearTimeout(this.retry);
    const connection = this.manager.connection;
    if (this.closed || connection === undefined || this.ready !== undefined) return;
    // An attempt on a connection that is gone does not stand in the way of the next.
    if (this.opening === connection) return;
    this.opening = connection;
    void this.openOn(connection).finally(() => {
      if (this.opening !== connection) return;
      this.opening = undefined;
      if (this.ready === undefined) this.openLater(this.retryMs);
    });
  }

  private async openOn(connection: ChannelModel): Promise<void> {
    let channel: Channel | undefined;
    try {
      const life = { open: true };
      const opened = (channel = await connection.createChannel());
      opened.on('error', (error: Error) => this.report(error));
      opened.once('close', () => {
        life.open = false;
        this.onClose(opened);
      });
      await this.options.setup(opened, connection);
      if (!life.open) return;
      if (this.closed) {
        await closeChannel(opened);
        return;
      }
      this.ready = opened;
      this.lastProblem = undefined;
      this.options.onReady?.();
    } catch (error) {
      this.failedAttempts += 1;
      if (this.manager.connection === connection) this.report(error);
      if (channel !== undefined) await closeChannel(channel);
    }
  }

  private onClose(channel: Channel): void {
    if (this.ready === channel) {
      this.ready = undefined;
      this.openLater(REOPEN_MS);
    }
    this.options.onLost?.(channel);
  }

  private openLater(delayMs: number): void {
    clearTimeout(this.retry);
    // While disconnected, the next connection opens it.
    if (this.closed || this.manager.connection === undefined) return;
    this.retry = setTimeout(() => this.open(), delayMs);
  }

  /** Once for as long as the problem is the same. */
  private report(error: unknown): void {
    const problem = messageOf(error);
    if (this.closed || problem === this.lastProblem) return;
    this.lastProblem = problem;
    this.logger.error(
      { channel: this.options.name, reason: problem },
      'RabbitMQ channel closed; trying again',
    );
  }
}
