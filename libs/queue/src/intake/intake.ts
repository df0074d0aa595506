import { Logger } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ConsumeMessage } from 'amqplib';
import { ChannelKeeper } from '../broker/channel-keeper';
import { within } from '../broker/time';
import { ConsumerGroup } from '../consumer/consumer-group';
import type { Publisher } from '../publisher';
import type { IntakeOptions } from '../queue.options';
import type { TopologyService } from '../topology.service';
import { DeliveryWindow } from './delivery-window';
import type { IntakeActivity, IntakePorts, ResumeOptions } from './intake-ports';
import { PushContext, type Settlement } from './push-context';
import { Reach, STEP } from './reach';
import { Settler } from './settler';
import { SlowStart } from './slow-start';

/** Most milliseconds for the broker's part in closing. */
export const CLOSE_TIMEOUT_MS = 5000;

/** The way of messages from `push.queue` into our hands and, settled, out of them. Its wishes outlive its channels. */
export class Intake {
  private readonly logger = new Logger(Intake.name);
  private readonly growth: Reach;
  private readonly slowStart: SlowStart;
  private readonly deliveries: DeliveryWindow;
  private readonly consumers: ConsumerGroup;
  private readonly settler: Settler;
  private keeper?: ChannelKeeper;
  private isPaused = false;
  private ending = false;
  /** What is on its way back unbegun. A drain waits for a pause's too: with no ack, copies would stand beside originals. */
  private givingBack: Promise<unknown> = Promise.resolve();
  private most: number;
  private received = 0;

  constructor(
    queue: string,
    { concurrency, prefetch, windowInitial, windowIdleMs, rampUpMs }: IntakeOptions,
    private readonly topology: TopologyService,
    publisher: Publisher,
    private readonly ports: IntakePorts,
  ) {
    this.most = concurrency;
    this.growth = new Reach({
      most: concurrency,
      onChange: () => void this.follow(),
    });
    this.slowStart = new SlowStart({
      initial: windowInitial,
      max: this.growth.current,
      idleMs: windowIdleMs,
      rampUpMs,
    });
    this.deliveries = new DeliveryWindow(this.slowStart, (context) => void ports.handle(context));
    this.settler = new Settler(publisher);
    this.consumers = new ConsumerGroup({
      queue,
      concurrency: this.growth.current,
      prefetch,
      step: STEP,
      onMessage: (message, channel) => this.take(message, channel),
    });
  }

  get connected(): boolean {
    return this.keeper?.channel !== undefined;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  get inFlight(): number {
    return this.deliveries.inFlight;
  }

  get waiting(): number {
    return this.deliveries.waiting;
  }

  get window(): number {
    return this.slowStart.window;
  }

  get concurrency(): number {
    return this.most;
  }

  get reach(): number {
    return this.growth.current;
  }

  get openConsumers(): number {
    return this.consumers.size;
  }

  /** All but the connection, which is its owner's. */
  get activity(): Omit<IntakeActivity, 'linked'> {
    const { received, inFlight, waiting } = this;
    const failures = this.keeper?.failures ?? 0;
    const { size: consumers } = this.consumers;
    return { wanted: !this.stopped, consumers, received, failures, inFlight, waiting };
  }

  async resize(concurrency: number): Promise<void> {
    if (concurrency === this.most || this.ending) return;
    this.most = concurrency;
    this.growth.setMost(concurrency);
    await this.consumers.atRest();
  }

  open(manager: AmqpConnectionManager): void {
    this.keeper = new ChannelKeeper(manager, {
      name: 'intake',
      setup: async (channel, connection) => {
        await this.topology.ensure(connection);
        await this.consumers.attach(channel);
      },
      onReady: this.ports.onReady,
      onLost: (channel) => this.lose(channel),
    });
  }

  async pause(reason?: string): Promise<void> {
    if (this.ending) return;
    if (!this.isPaused) this.logger.debug({ reason }, 'Intake paused');
    this.isPaused = true;
    await this.stopTaking();
  }

  async resume({ rampUp }: ResumeOptions): Promise<void> {
    if (!this.isPaused || this.ending) return;
    this.isPaused = false;
    this.logger.debug('Intake resumed');
    this.growth.restart();
    if (rampUp) this.slowStart.recover();
    else this.slowStart.restart();
    this.deliveries.release();
    await this.consumers.start();
  }

  async drain(timeoutMs: number): Promise<void> {
    this.ending = true;
    this.settler.hurry();
    await within(CLOSE_TIMEOUT_MS, () => this.stopTaking());
    await within(timeoutMs, () => this.deliveries.empty());
    await within(CLOSE_TIMEOUT_MS, async () => this.keeper?.close());
  }

  private take(message: ConsumeMessage, channel: Channel): void {
    this.received += 1;
    const settle = (context: PushContext, how: Settlement): void => void this.settle(context, how);
    this.deliveries.add(new PushContext(message, channel, settle));
  }

  private lose(channel: Channel): void {
    this.settler.lose(channel);
    this.consumers.detach(channel);
    this.deliveries.forget(channel);
    this.ports.onLost();
  }

  private async settle(context: PushContext, how: Settlement): Promise<void> {
    if (context.succeeded) this.slowStart.grow();
    // Given back while consumers are being cancelled, it would come straight to one that is still open.
    if (how !== 'ack' && this.stopped) await this.consumers.atRest();
    await this.settler.settle(context, how);
    const { inFlight: inHand, window } = this;
    this.deliveries.done();
    if (this.stopped) return;
    this.growth.settled({ inHand, window, succeeded: context.succeeded });
  }

  /** The reach has changed. */
  private async follow(): Promise<void> {
    const { reach } = this;
    this.logger.debug({ reach }, 'Messages that may be in hand');
    this.slowStart.setMax(reach);
    this.deliveries.advance();
    await this.consumers.resize(reach);
  }

  private async stopTaking(): Promise<void> {
    this.deliveries.hold();
    await this.consumers.stop();
    if (!this.stopped) return; // resumed meanwhile
    const giveBack = (unbegun: PushContext): Promise<void> =>
      this.settler.settle(unbegun, 'requeue');
    const unbegun = this.deliveries.takeWaiting().map(giveBack);
    await (this.givingBack = Promise.all([this.givingBack, ...unbegun]));
  }

  private get stopped(): boolean {
    return this.isPaused || this.ending;
  }
}
