import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';
import { messageOf } from '../broker/amqp-errors';
import { PublishError, type PublishErrorCode } from '../queue.errors';
import { QueueOptions } from '../queue.options';
import { TopologyRepair } from '../topology/topology-repair';
import { TopologyService } from '../topology/topology.service';

/** Milliseconds before a channel that could not be made ready is tried again. */
const RETRY_MS = 5000;
/** Bound for returns that nobody waits for any more. */
const MAX_NOTED_RETURNS = 10_000;

/** A message on its way; the id and both names tell it from any other. */
export interface Outgoing {
  exchange: string;
  routingKey: string;
  content: Buffer;
  options: Options.Publish & { messageId: string };
}

/** golevelup's channel with what a publisher has to know: whether it may publish, and what came back. */
@Injectable()
export class PublishChannel implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(PublishChannel.name);
  private channel?: ConfirmChannel;
  private blocked = false;
  private ending = false;
  private problem?: string;
  /** Messages the broker found no queue for, by identity; their confirm follows. */
  private readonly returned = new Map<string, number>();
  private readonly repair: TopologyRepair;

  constructor(
    private readonly amqp: AmqpConnection,
    private readonly topology: TopologyService,
    private readonly options: QueueOptions,
  ) {
    this.repair = new TopologyRepair({
      ensure: () => this.ensureAgain(),
      timeoutMs: options.publishTimeoutMs,
    });
  }

  async onModuleInit(): Promise<void> {
    const { managedConnection, managedChannel } = this.amqp;
    managedConnection.on('blocked', () => (this.blocked = true));
    managedConnection.on('unblocked', () => (this.blocked = false));
    managedConnection.on('connect', () => (this.blocked = false));
    // An error here is one of encoding, after which confirms no longer match their messages: start over.
    managedChannel.on('error', () => void this.channel?.close().catch(() => undefined));
    await managedChannel.addSetup((channel: ConfirmChannel) => this.setup(channel));
  }

  /** The connection is closed after this, and that is no loss. */
  onApplicationShutdown(): void {
    this.ending = true;
  }

  get ready(): boolean {
    return this.channel !== undefined && !this.blocked;
  }

  /**
   * A message that finds no queue is sent once more after the topology was seen to: somebody may have deleted a queue.
   * @throws {PublishError}
   */
  async publish(message: Outgoing): Promise<void> {
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
  private async send({ exchange, routingKey, content, options }: Outgoing): Promise<boolean> {
    if (!this.ready) throw this.notReady();
    const timeout = this.options.publishTimeoutMs;
    try {
      const sent = { ...options, timeout };
      await this.amqp.publish(exchange, routingKey, content, sent);
    } catch (error) {
      throw translate(error, timeout);
    }
    return this.returned.size === 0 || !this.takeReturn(exchange, routingKey, options.messageId);
  }

  private async ensureAgain(): Promise<void> {
    const { connection } = this.amqp.managedConnection;
    if (connection === undefined) throw this.notReady();
    this.logger.warn('A message found no queue; declaring what is missing');
    try {
      await this.topology.ensure(connection);
    } catch (error) {
      this.logger.error({ reason: messageOf(error) }, 'What is missing could not be declared');
      throw error;
    }
  }

  private async setup(channel: ConfirmChannel): Promise<void> {
    const connection = this.amqp.managedConnection.connection;
    if (connection === undefined) return;
    this.returned.clear();
    channel.on('return', (message: Message) => this.noteReturn(message));
    channel.on('error', (error: Error) => this.report(error));
    channel.once('close', () => {
      if (this.channel === channel) this.channel = undefined;
      if (this.ending || this.amqp.managedConnection.connection !== connection) return;
      // amqp-connection-manager opens a new channel only on a new connection.
      void connection.close().catch(() => undefined);
    });
    await this.makeReady(channel, connection);
  }

  /** Tries again for as long as the channel's connection lasts. */
  private async makeReady(channel: ConfirmChannel, connection: ChannelModel): Promise<void> {
    const { managedConnection } = this.amqp;
    try {
      await this.topology.ensure(connection);
      if (managedConnection.connection !== connection) return;
      this.channel = channel;
      this.problem = undefined;
    } catch (error) {
      if (managedConnection.connection !== connection) return;
      this.report(error);
      setTimeout(() => {
        if (managedConnection.connection === connection) void this.makeReady(channel, connection);
      }, RETRY_MS).unref();
    }
  }

  private report(error: unknown): void {
    const reason = messageOf(error);
    if (reason === this.problem) return;
    this.problem = reason;
    this.logger.error({ reason, retry_in_ms: RETRY_MS }, 'Nothing can be published; trying again');
  }

  private noteReturn({ fields, properties }: Message): void {
    if (this.returned.size >= MAX_NOTED_RETURNS) this.returned.clear();
    const key = identity(fields.exchange, fields.routingKey, String(properties.messageId));
    this.returned.set(key, (this.returned.get(key) ?? 0) + 1);
  }

  private takeReturn(exchange: string, routingKey: string, messageId: string): boolean {
    const key = identity(exchange, routingKey, messageId);
    const count = this.returned.get(key);
    if (count === undefined) return false;
    if (count > 1) this.returned.set(key, count - 1);
    else this.returned.delete(key);
    return true;
  }

  private notReady(): PublishError {
    const why = this.blocked ? 'it is short of memory or disk' : (this.problem ?? 'not connected');
    return new PublishError('NOT_CONNECTED', `RabbitMQ takes no messages now: ${why}`);
  }
}

function identity(exchange: string, routingKey: string, messageId: string): string {
  return `${exchange}\n${routingKey}\n${messageId}`;
}

function translate(error: unknown, timeoutMs: number): PublishError {
  const problem = messageOf(error);
  const [code, message]: [PublishErrorCode, string] =
    problem === 'timeout'
      ? ['TIMEOUT', `RabbitMQ did not confirm the message within ${timeoutMs} ms`]
      : problem === 'message nacked'
        ? ['NACKED', 'RabbitMQ refused the message: its queue is full or unavailable']
        : ['CONNECTION_LOST', 'The connection to RabbitMQ broke before it confirmed the message'];
  return new PublishError(code, message, { cause: error });
}
