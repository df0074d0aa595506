import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfirmChannel, Message, Options } from 'amqplib';
import { messageOf } from './channel';
import { restartConnection, setUpConnection } from './connection';
import { PublishError } from './queue.errors';
import { QueueOptions } from './queue.options';
import { TopologyRepair, TopologyService } from './topology.service';

/** A message to be published; its id and both names identify it. */
export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  content: Buffer;
  options: Options.Publish & { messageId: string };
}

/** Publishes under way of messages that look the same, and how many of those the broker has returned. */
interface Unconfirmed {
  publishes: number;
  returned: number;
}

/**
 * golevelup's confirmed publishing with what it lacks: it refuses while disconnected or blocked, where golevelup would
 * keep messages in memory, and it reports a message that no queue takes.
 */
@Injectable()
export class PublishChannel implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(PublishChannel.name);
  /** Set while the channel is open and its topology is ensured. */
  private channel?: ConfirmChannel;
  private blocked = false;
  private closing = false;
  private problem?: string;
  private readonly unconfirmed = new Map<string, Unconfirmed>();
  private readonly repair: TopologyRepair;

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly topology: TopologyService,
    private readonly options: QueueOptions,
  ) {
    this.repair = new TopologyRepair(() => this.ensureAgain(), options.publishTimeoutMs);
  }

  onModuleInit(): void {
    const { managedConnection, managedChannel } = this.amqp;
    managedConnection.on('blocked', () => (this.blocked = true));
    managedConnection.on('unblocked', () => (this.blocked = false));
    managedConnection.on('connect', () => (this.blocked = false));
    // golevelup's own listener throws where amqp-connection-manager passes the error alone, as for a message that
    // amqplib cannot encode: that has been counted by then, and later confirms would be matched to the wrong messages.
    managedChannel.removeAllListeners('error');
    managedChannel.on('error', (error: Error) => {
      this.report(error);
      this.channel = undefined;
      restartConnection(managedConnection.connection);
    });
    void managedChannel.addSetup((channel: ConfirmChannel) => this.setUp(channel));
  }

  /** The connection is closed after this on purpose. */
  onApplicationShutdown(): void {
    this.closing = true;
  }

  /** Whether a message can be published now. */
  get ready(): boolean {
    return this.channel !== undefined && !this.blocked;
  }

  /**
   * Resolves when the broker has confirmed. A message that no queue takes is sent once more after the topology was
   * repaired: somebody may have deleted a queue.
   * @throws {PublishError}
   */
  async publish(message: OutgoingMessage): Promise<void> {
    if (await this.send(message)) return;
    const problem = await this.repair.repair();
    if (problem === undefined && (await this.send(message))) return;
    const { exchange, routingKey } = message;
    throw new PublishError(
      'UNROUTABLE',
      `No queue takes messages of '${routingKey}' on the exchange '${exchange}'; bind one`,
      { cause: problem },
    );
  }

  /** Whether a queue took it. @throws {PublishError} */
  private async send({ exchange, routingKey, content, options }: OutgoingMessage) {
    if (!this.ready) throw this.notReady();
    const key = identity(exchange, routingKey, options.messageId);
    const entry = this.unconfirmed.get(key) ?? { publishes: 0, returned: 0 };
    this.unconfirmed.set(key, entry);
    entry.publishes += 1;
    try {
      const timeout = this.options.publishTimeoutMs;
      const confirmed = { ...options, timeout };
      await this.amqp.publish(exchange, routingKey, content, confirmed);
      // The broker returns a message before it confirms it.
      if (entry.returned === 0) return true;
      entry.returned -= 1;
      return false;
    } catch (error) {
      throw this.failure(error);
    } finally {
      entry.publishes -= 1;
      if (entry.publishes === 0) this.unconfirmed.delete(key);
    }
  }

  private async setUp(channel: ConfirmChannel): Promise<void> {
    const { managedConnection } = this.amqp;
    let open = true;
    channel.on('error', (error: Error) => this.report(error));
    channel.on('return', ({ fields, properties }: Message) => {
      const key = identity(fields.exchange, fields.routingKey, String(properties.messageId));
      const entry = this.unconfirmed.get(key);
      if (entry) entry.returned += 1;
    });
    channel.once('close', () => {
      open = false;
      if (this.channel === channel) this.channel = undefined;
      if (!this.closing) restartConnection(managedConnection.connection);
    });
    await setUpConnection(
      managedConnection,
      async (connection) => {
        await this.topology.ensure(connection);
        if (!open) return;
        this.channel = channel;
        this.problem = undefined;
      },
      (error) => this.report(error),
    );
  }

  private async ensureAgain(): Promise<void> {
    const { connection } = this.amqp.managedConnection;
    if (connection === undefined) throw this.notReady();
    this.logger.warn('No queue takes a message; declaring what is missing');
    try {
      await this.topology.ensure(connection);
    } catch (error) {
      this.logger.error({ reason: messageOf(error) }, 'What is missing could not be declared');
      throw error;
    }
  }

  /** Once per problem; a lost connection is logged elsewhere. */
  private report(error: unknown): void {
    const reason = messageOf(error);
    if (reason === this.problem || this.amqp.managedConnection.connection === undefined) return;
    this.problem = reason;
    this.logger.error({ reason }, 'Nothing can be published; trying again');
  }

  private notReady(): PublishError {
    const reason = this.blocked
      ? 'it is short of memory or disk'
      : (this.problem ?? 'not connected');
    return new PublishError('NOT_CONNECTED', `RabbitMQ accepts no messages now: ${reason}`);
  }

  private failure(cause: unknown): PublishError {
    const text = messageOf(cause);
    if (text === 'message nacked') {
      const why = 'RabbitMQ refused the message: its queue is full or unavailable';
      return new PublishError('NACKED', why, { cause });
    }
    if (text === 'timeout') {
      const why = `RabbitMQ did not confirm the message within ${this.options.publishTimeoutMs} ms`;
      return new PublishError('TIMEOUT', why, { cause });
    }
    const why = 'The connection to RabbitMQ broke before it confirmed the message';
    return new PublishError('CONNECTION_LOST', why, { cause });
  }
}

function identity(exchange: string, routingKey: string, messageId: string): string {
  return `${exchange}\n${routingKey}\n${messageId}`;
}
