import { Injectable, Logger } from '@nestjs/common';
import { ServerRMQ, type ReadPacket, type RmqContext, type RmqStatus } from '@nestjs/microservices';
import { RabbitmqConfig } from '@push/config';
import { Tracing } from '@push/observability';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';
import { isObservable, lastValueFrom } from 'rxjs';
import { messageOf } from '../channel';
import { logConnection } from '../connection';
import { connectionSettings } from '../connection';
import { within } from '../broker/time';
import { processEntry } from '../messaging-spans';
import { Publisher } from '../publisher';
import { IntakeOptions } from '../queue.options';
import { TopologyService } from '../topology.service';
import { CLOSE_TIMEOUT_MS, Intake } from './intake';
import type { IntakeActivity, ResumeOptions } from './intake-ports';
import { PUSH_PATTERN, type PushContext } from './push-context';
import { PushDeserializer } from './push.deserializer';

/**
 * Nest's RabbitMQ transport with what it lacks: pause and resume, drain, a slow start, nothing left unsettled. Hands
 * each message of `push.queue` to the `@EventPattern('push')` handler as a `MessageBody` with a `PushContext`, which
 * the handler settles.
 */
@Injectable()
export class PushQueueServer extends ServerRMQ {
  private readonly log = new Logger(PushQueueServer.name);
  private readonly bodies: PushDeserializer;
  private readonly intake: Intake;
  private closing?: Promise<void>;

  constructor(
    private readonly config: RabbitmqConfig,
    options: IntakeOptions,
    topology: TopologyService,
    publisher: Publisher,
    private readonly tracing: Tracing,
  ) {
    super({ urls: [...config.urls], queue: config.pushQueue, noAck: false });
    this.bodies = new PushDeserializer(options.maxMessageBytes);
    this.intake = new Intake(config.pushQueue, options, topology, publisher, {
      handle: (context) => this.handle(context),
      onReady: () => this.tell('connected'),
      onLost: () => this.tell('disconnected'),
    });
  }

  /** Whether the consumers' channel is open and its topology in place. `status` tells of changes. */
  get connected(): boolean {
    return this.intake.connected;
  }

  /** Whether intake is paused. */
  get paused(): boolean {
    return this.intake.paused;
  }

  /** What can be seen of intake from outside, for whoever watches over it. */
  get activity(): IntakeActivity {
    const manager = this.server as AmqpConnectionManager | null;
    return { linked: manager?.isConnected() === true, ...this.intake.activity };
  }

  /** Messages in hand: begun, not settled. */
  get inFlight(): number {
    return this.intake.inFlight;
  }

  /** Messages that were delivered and wait for room in the window. */
  get waiting(): number {
    return this.intake.waiting;
  }

  /** Messages that may be worked on at once just now. */
  get currentLimit(): number {
    return this.intake.window;
  }

  /** Messages that may be in hand at most, ever: the configured number, until it is changed. */
  get maxConcurrency(): number {
    return this.intake.concurrency;
  }

  /** Messages that may be in hand once the window has grown: 100 at first, more up to `concurrency` while that helps. */
  get reach(): number {
    return this.intake.reach;
  }

  /** Consumers of this process that are open. */
  get openConsumers(): number {
    return this.intake.openConsumers;
  }

  /** Calls back at once; a broker that is not there yet is waited for. */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    if (!this.getHandlers().has(PUSH_PATTERN)) {
      callback(new Error(`No controller has an @EventPattern('${PUSH_PATTERN}') handler`));
      return;
    }
    const manager = connect([...this.config.urls], connectionSettings('intake'));
    this.server = manager;
    logConnection(manager, 'intake');
    for (const { event, callback: listener } of this.pendingEventListeners.splice(0)) {
      manager.on(event, listener);
    }
    this.intake.open(manager);
    callback();
  }

  /** Takes no more in, across reconnects, until `resume`; gives back what is not begun. Resolves once no consumer is left. */
  pause(reason?: string): Promise<void> {
    return this.intake.pause(reason);
  }

  /**
   * Takes messages in again, slowly at first. Resolves when the consumers are open, or at once while disconnected.
   * @param rampUp false where nothing has recovered, as at a start. @default true
   */
  resume({ rampUp = true }: Partial<ResumeOptions> = {}): Promise<void> {
    return this.intake.resume({ rampUp });
  }

  /**
   * Changes how many messages may be in hand at most, paused or not, across reconnects. Those in hand go on, however many
   * they are. Resolves when the consumers are as they should be, or at once while disconnected.
   */
  setMaxConcurrency(concurrency: number): Promise<void> {
    return this.intake.resize(concurrency);
  }

  /**
   * Ends intake: no more messages, those not yet begun are given back, those in hand may finish within the time; what
   * remains is delivered again by the broker. Then closes.
   */
  drain(timeoutMs: number): Promise<void> {
    return (this.closing ??= this.end(timeoutMs));
  }

  /** As `drain`, without waiting for what is in hand. */
  override close(): Promise<void> {
    return this.drain(0);
  }

  /** Nest's own would not wait for the end of an observable, which is what a handler with interceptors returns. */
  override handleEvent(pattern: string, packet: ReadPacket, context: RmqContext): Promise<void> {
    return new Promise((resolve, reject) => {
      // What the hook returns is its own affair, so the end is told from within.
      this.onProcessingStartHook(this.transportId, context, async () => {
        try {
          const result: unknown = await this.getHandlers().get(pattern)?.(packet.data, context);
          if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(messageOf(error)));
        }
        this.endHook?.(this.transportId, context);
      });
    });
  }

  private handle(context: PushContext): Promise<void> {
    return this.tracing.enter(
      () => processEntry(this.config.pushQueue, context.message),
      () => this.handOn(context),
    );
  }

  private async handOn(context: PushContext): Promise<void> {
    const ids = { message_id: context.messageId, correlation_id: context.correlationId };
    try {
      const data = this.bodies.deserialize(context.message.content);
      await this.handleEvent(PUSH_PATTERN, { pattern: PUSH_PATTERN, data }, context);
      if (context.settled) return;
      this.log.error(ids, 'Message given back: its handler ended without settling it');
    } catch {
      // The error itself has been logged by Nest's exception filter.
      this.log.warn({ ...ids, settled: context.settled }, 'The handler of a message failed');
    }
    context.fail();
  }

  /** Unset until someone sets one, which Nest's types do not say. */
  private get endHook(): typeof this.onProcessingEndHook | undefined {
    return this.onProcessingEndHook;
  }

  private async end(timeoutMs: number): Promise<void> {
    const manager = this.server as AmqpConnectionManager | null;
    await this.intake.drain(timeoutMs);
    await within(CLOSE_TIMEOUT_MS, async () => manager?.close());
  }

  private tell(status: 'connected' | 'disconnected'): void {
    // RmqStatus is a const enum: its members are types only.
    this._status$.next(status as unknown as RmqStatus);
  }
}
