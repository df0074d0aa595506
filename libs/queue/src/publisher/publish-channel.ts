import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { messageOf } from '../broker/amqp-errors';
import { PublishError } from '../queue.errors';
import { QueueOptions } from '../queue.options';
import { TopologyRepair } from '../topology/topology-repair';
import { TopologyService } from '../topology/topology.service';
import { Confirms } from './confirms';
import type { Outgoing } from './outgoing';

/** Milliseconds before a channel that could not be made ready is tried again. */
const RETRY_MS = 5000;

/** golevelup's channel with what a publisher has to know: whether it may publish, and whether a queue took it. */
@Injectable()
export class PublishChannel implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(PublishChannel.name);
  /** Of the channel that is ready. */
  private confirms?: Confirms;
  private blocked = false;
  private ending = false;
  private problem?: string;
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
    await managedChannel.addSetup((channel: ConfirmChannel) => this.setup(channel));
  }

  /** The connection is closed after this, and that is no loss. */
  onApplicationShutdown(): void {
    this.ending = true;
  }

  get ready(): boolean {
    return this.confirms?.open === true && !this.blocked;
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
  private send(message: Outgoing): Promise<boolean> {
    const { confirms } = this;
    if (confirms?.open !== true || this.blocked) throw this.notReady();
    return confirms.send(message);
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
    const confirms = new Confirms(channel, this.options.publishTimeoutMs);
    channel.on('error', (error: Error) => this.report(error));
    channel.once('close', () => {
      if (this.confirms === confirms) this.confirms = undefined;
      if (this.ending || this.amqp.managedConnection.connection !== connection) return;
      // amqp-connection-manager opens a new channel only on a new connection.
      void connection.close().catch(() => undefined);
    });
    await this.makeReady(confirms, connection);
  }

  /** Tries again for as long as the channel's connection lasts. */
  private async makeReady(confirms: Confirms, connection: ChannelModel): Promise<void> {
    const { managedConnection } = this.amqp;
    try {
      await this.topology.ensure(connection);
      if (managedConnection.connection !== connection) return;
      this.confirms = confirms;
      this.problem = undefined;
    } catch (error) {
      if (managedConnection.connection !== connection) return;
      this.report(error);
      setTimeout(() => {
        if (managedConnection.connection === connection) void this.makeReady(confirms, connection);
      }, RETRY_MS).unref();
    }
  }

  private report(error: unknown): void {
    const reason = messageOf(error);
    if (reason === this.problem) return;
    this.problem = reason;
    this.logger.error({ reason, retry_in_ms: RETRY_MS }, 'Nothing can be published; trying again');
  }

  private notReady(): PublishError {
    const why = this.blocked ? 'it is short of memory or disk' : (this.problem ?? 'not connected');
    return new PublishError('NOT_CONNECTED', `RabbitMQ takes no messages now: ${why}`);
  }
}
