import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { RmqContext, ServerRMQ, type MessageHandler, type ReadPacket } from '@nestjs/microservices';
import { RabbitmqConfig } from '@push/config';
import { Tracing } from '@push/observability';
import type { AmqpConnectionManager, ChannelWrapper } from 'amqp-connection-manager';
import type { Channel, ConsumeMessage } from 'amqplib';
import { isObservable, lastValueFrom } from 'rxjs';
import { messageOf, within } from './channel';
import { ConcurrencyLimiter } from './concurrency-limiter';
import { connectionSettings, debugLogger, logConnection, restartConnection } from './connection';
import { ConsumerGroup } from './consumer-group';
import { processEntry } from './messaging-spans';
import { Publisher } from './publisher';
import { PUSH_PATTERN, PushContext, type Settle, type Settlement } from './push-context';
import { PushDeserializer, type MessageBody } from './push.deserializer';
import { IntakeOptions } from './queue.options';
import { ack, requeue } from './settle';
import { TopologyService } from './topology.service';

/** Most milliseconds for each step with the broker when closing. */
const CLOSE_TIMEOUT_MS = 5000;

/** Milliseconds before a message whose handler failed is requeued: at once, it would be redelivered in a tight loop. */
const FAILURE_DELAY_MS = 1000;

/**
 * Deliveries after which an interrupted message is requeued as a copy. The broker counts each requeue and dead-letters at
 * the delivery limit; an interruption is not an attempt and must not lead there. The limit may be another team's, and
 * AMQP does not report it: so only the first requeue is a plain one.
 */
const COPY_AT_DELIVERY_COUNT = 1;

/** A message as it was delivered, and the channel to settle it on. */
interface Delivery {
  message: ConsumeMessage;
  channel: Channel;
}

/** The state of the consumers, for a liveness check. Counts only grow. */
export interface IntakeActivity {
  /** Whether there is a connection to the broker. */
  linked: boolean;
  /** Whether messages are to be consumed: no pause, no drain. */
  wanted: boolean;
  /** Consumers that are open, as far as the broker has reported. */
  consumers: number;
  /** Messages received so far. */
  received: number;
  /** Attempts at opening the consumers that have failed so far. */
  failures: number;
  /** Messages in flight. */
  inFlight: number;
  /** Messages received and not started. */
  waiting: number;
}

/**
 * Nest's RabbitMQ transport with what it lacks: pause and resume, drain, a slow start, and no message left unsettled.
 * Calls the `@EventPattern('push')` handler for each message of `push.queue` with a `MessageBody` and a `PushContext`, by
 * which the handler settles it.
 */
@Injectable()
export class PushQueueServer extends ServerRMQ {
  /** Nest logs the same connection errors again with each attempt; `logConnection` logs each change once. */
  protected override readonly logger = debugLogger(ServerRMQ.name);
  private readonly log = new Logger(PushQueueServer.name);
  private readonly bodies: PushDeserializer;
  private readonly limiter: ConcurrencyLimiter<Delivery>;
  private readonly consumers: ConsumerGroup;
  private readonly stopping = new AbortController();
  private handler: MessageHandler | null = null;
  private isPaused = false;
  private max: number;
  private received = 0;
  /** Requeueing of messages that were not started. A drain waits for it: unacked originals would stand beside copies. */
  private requeueing: Promise<unknown> = Promise.resolve();
  private closing?: Promise<void>;

  constructor(
    config: RabbitmqConfig,
    {
      concurrency,
      prefetch,
      maxMessageBytes,
      windowInitial,
      windowIdleMs,
      rampUpMs,
    }: IntakeOptions,
    topology: TopologyService,
    private readonly publisher: Publisher,
    private readonly tracing: Tracing,
  ) {
    const deserializer = new PushDeserializer(maxMessageBytes);
    super({
      urls: [...config.urls],
      queue: config.pushQueue,
      noAck: false,
      deserializer,
      socketOptions: connectionSettings('intake'),
    });
    this.bodies = deserializer;
    this.max = concurrency;
    this.limiter = new ConcurrencyLimiter<Delivery>(
      { initial: windowInitial, max: concurrency, idleMs: windowIdleMs, rampUpMs },
      ({ message, channel }) => void this.handleMessage(message, channel),
    );
    this.consumers = new ConsumerGroup({
      queue: config.pushQueue,
      topology,
      concurrency,
      prefetch,
      onMessage: (message, channel) => {
        this.received += 1;
        this.limiter.add({ message, channel });
      },
      onLost: () => this.limiter.takeWaiting(),
    });
  }

  /** Whether the consumers are set up: there is a connection, and the topology exists. */
  get connected(): boolean {
    return this.consumers.connected;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** Messages in flight: started, not settled. */
  get inFlight(): number {
    return this.limiter.inFlight;
  }

  /** Messages that were delivered and wait for the concurrency limit. */
  get waiting(): number {
    return this.limiter.waiting;
  }

  /** Messages that may be in flight at present. */
  get currentLimit(): number {
    return this.limiter.limit;
  }

  /** Messages that may be in flight at most: the configured number, until it is changed. */
  get maxConcurrency(): number {
    return this.max;
  }

  /** Consumers of this process that are open. */
  get openConsumers(): number {
    return this.consumers.size;
  }

  get activity(): IntakeActivity {
    const manager = this.server as AmqpConnectionManager | null;
    const { received, inFlight, waiting } = this;
    const linked = manager?.isConnected() === true;
    const { size: consumers, failures } = this.consumers;
    return { linked, wanted: !this.stopped, consumers, received, failures, inFlight, waiting };
  }

  /** Calls back at once, and connects in the background. */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    const handler = this.getHandlers().get(PUSH_PATTERN);
    if (handler === undefined) {
      callback(new Error(`No controller has an @EventPattern('${PUSH_PATTERN}') handler`));
      return;
    }
    this.handler = (body: MessageBody, context: PushContext) =>
      this.tracing.enter(
        () => processEntry(this.queue, context.message),
        () => this.handle(handler, body, context),
      );
    await this.start();
    const manager = this.unwrap<AmqpConnectionManager>();
    logConnection(manager, 'intake');
    // Nest has created its channel by then, with no listener for errors: one would end the process.
    manager.once('connect', () => {
      const channel = this.channel as ChannelWrapper;
      channel.on('error', () => restartConnection(manager.connection));
    });
    callback();
  }

  /**
   * Consumes on a channel of its own: amqp-connection-manager does not replace Nest's where the broker closes it. Nest's
   * set-up would declare the queue, consume at once and keep no consumer tag, which a pause needs.
   */
  override setupChannel(): Promise<void> {
    return this.consumers.setUp(this.unwrap<AmqpConnectionManager>());
  }

  /** Nest would parse a body of any size first. */
  override handleMessage(message: ConsumeMessage, channel: Channel): Promise<void> {
    if (!this.bodies.isTooLarge(message.content)) return super.handleMessage(message, channel);
    const packet = this.bodies.deserialize(undefined);
    return this.handleEvent(PUSH_PATTERN, packet, new RmqContext([message, channel, PUSH_PATTERN]));
  }

  override async handleEvent(_: string, packet: ReadPacket, context: RmqContext): Promise<void> {
    const message = context.getMessage() as ConsumeMessage;
    const data = this.bodies.read(message.content, packet.data);
    const push = new PushContext(message, context.getChannelRef() as Channel, this.settle);
    try {
      await super.handleEvent(PUSH_PATTERN, { pattern: PUSH_PATTERN, data }, push);
    } catch (error) {
      this.log.error({ err: error }, 'A processing hook failed');
      push.fail();
    }
  }

  /** There is one handler; Nest would look it up by parsing the pattern twice a message. */
  override getHandlerByPattern(): MessageHandler | null {
    return this.handler;
  }

  /** Stops consuming, across reconnects, until `resume`; requeues what is not started. Resolves when no consumer is left. */
  async pause(reason?: string): Promise<void> {
    if (this.closing !== undefined) return;
    if (!this.isPaused) this.log.debug({ reason }, 'Consumers paused');
    this.isPaused = true;
    await this.stopConsuming();
  }

  /**
   * Consumes again, with a slow start. Resolves when the consumers are open, or at once while disconnected.
   * @param rampUp false where nothing has recovered, as at a start. @default true
   */
  async resume({ rampUp = true }: { rampUp?: boolean } = {}): Promise<void> {
    if (!this.isPaused || this.closing !== undefined) return;
    this.isPaused = false;
    this.log.debug('Consumers resumed');
    this.limiter.release(rampUp);
    await this.consumers.open();
  }

  /**
   * Changes how many messages may be in flight at most, paused or not, across reconnects. Those in flight go on, however
   * many they are. Resolves when the consumers match, or at once while disconnected.
   */
  async setMaxConcurrency(concurrency: number): Promise<void> {
    if (concurrency === this.max || this.closing !== undefined) return;
    this.max = concurrency;
    this.limiter.setMax(concurrency);
    await this.consumers.resize(concurrency);
  }

  /**
   * Stops consuming for good: messages not started are requeued, those in flight may finish within the time, what remains
   * is delivered again by the broker. Then closes.
   */
  drain(timeoutMs: number): Promise<void> {
    return (this.closing ??= this.end(timeoutMs));
  }

  /** As `drain`, without waiting for messages in flight. */
  override close(): Promise<void> {
    return this.drain(0);
  }

  /** Nest does not wait for the end of an observable, which is what a handler with interceptors returns. */
  private async handle(
    handler: MessageHandler,
    body: MessageBody,
    context: PushContext,
  ): Promise<void> {
    let problem = 'Message requeued: its handler ended without settling it';
    try {
      const result: unknown = await handler(body, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      if (context.settled) return;
    } catch {
      problem = 'The handler of a message failed'; // Nest's exception filter has logged the error
    }
    const { messageId, correlationId, settled } = context;
    this.log.error({ message_id: messageId, correlation_id: correlationId, settled }, problem);
    context.fail();
  }

  /**
   * Waits while consumers are being opened or cancelled: a message requeued then, or one that the room of an acked one is
   * for, would be on its way to a consumer that is about to be cancelled.
   */
  private readonly settle: Settle = (context, settlement) => {
    if (settlement === 'ack' && !this.consumers.changing) {
      ack(context.channel, context.message);
      this.limiter.done(context.succeeded);
    } else {
      void this.settleLater(context, settlement).then(() => this.limiter.done(context.succeeded));
    }
  };

  /** Never rejects. */
  private async settleLater(context: PushContext, settlement: Settlement): Promise<void> {
    const { channel, message } = context;
    await this.consumers.changed();
    switch (settlement) {
      case 'ack':
        ack(channel, message);
        return;
      case 'fail': {
        const { signal } = this.stopping;
        await sleep(FAILURE_DELAY_MS, undefined, { signal }).catch(() => undefined);
        requeue(channel, message);
        return;
      }
      case 'requeue':
        if (context.deliveryCount >= COPY_AT_DELIVERY_COUNT) await this.requeueCopy(context);
        else requeue(channel, message);
    }
  }

  private async requeueCopy({ channel, message, messageId }: PushContext): Promise<void> {
    if (!this.consumers.uses(channel)) return;
    try {
      await this.publisher.requeueCopy(message);
      ack(channel, message);
    } catch (error) {
      this.log.warn(
        { message_id: messageId, reason: messageOf(error) },
        'Message could not be requeued as a copy; requeued as it is',
      );
      requeue(channel, message);
    }
  }

  private async stopConsuming(): Promise<void> {
    this.limiter.hold();
    await this.consumers.cancel();
    if (!this.stopped) return; // resumed meanwhile
    const requeued = this.limiter.takeWaiting().map(({ message, channel }) => {
      const context = new PushContext(message, channel, () => undefined);
      return this.settleLater(context, 'requeue');
    });
    await (this.requeueing = Promise.all([this.requeueing, ...requeued]));
  }

  private async end(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    await within(CLOSE_TIMEOUT_MS, () => this.stopConsuming());
    await within(timeoutMs, () => this.limiter.idle());
    await within(CLOSE_TIMEOUT_MS, () => this.consumers.close());
    // Nest's own close waits for its channel first, for ever where the connection breaks meanwhile.
    const manager = this.server as AmqpConnectionManager | null;
    await within(CLOSE_TIMEOUT_MS, async () => manager?.close());
  }

  private get stopped(): boolean {
    return this.isPaused || this.stopping.signal.aborted;
  }
}
