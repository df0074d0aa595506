import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { PushQueueServer, QueueInspector, type QueueDepth } from '@push/queue';

/** The times of the liveness check; a test uses shorter ones. */
export class IntakeLivenessOptions {
  /** Milliseconds between checks. */
  readonly intervalMs: number = 15_000;
  /** Milliseconds without any activity after which intake is taken for dead: longer than any reconnect takes. */
  readonly silenceMs: number = 120_000;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number = () => performance.now();
}

/**
 * The liveness check of intake: tells an intake that is silently dead from one that is idle, paused or busy. Only what is
 * certain counts, since it leads to a restart: not an idle queue, a pause, an outage, a slow FCM or a broker that refuses us.
 * It runs in the background, so that a probe is answered at once.
 */
@Injectable()
export class IntakeLiveness implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IntakeLiveness.name);
  private timer?: NodeJS.Timeout;
  private isLogged = false;
  private lastActivity = '';
  /** Since when there was no activity at all, although there should be. */
  private idleSince?: number;
  /** Fewest messages that were ready in that time. */
  private fewestReady?: number;
  private hasConsumers = false;
  private hasWaiting = false;
  /** Since when messages that arrived in that time have not been delivered to us. */
  private undeliveredSince?: number;

  constructor(
    private readonly server: PushQueueServer,
    private readonly queues: QueueInspector,
    private readonly options: IntakeLivenessOptions,
  ) {}

  /** Why intake is dead; undefined while it is not known to be. */
  get problem(): string | undefined {
    if (this.isTooLong(this.undeliveredSince)) {
      return 'messages arrive in the queue but none is delivered to our open consumers';
    }
    if (!this.isTooLong(this.idleSince)) return undefined;
    if (!this.hasConsumers) return 'no consumer is open, although intake is not paused';
    return this.hasWaiting ? 'messages were received but are not processed' : undefined;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.check(), this.options.intervalMs);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async check(): Promise<void> {
    const { linked, wanted, consumers, inFlight } = this.server.activity;
    // A busy or paused intake needs no question to the broker.
    const asks = linked && wanted && consumers > 0 && inFlight === 0;
    const depths = asks ? await this.queues.depths() : undefined;
    this.update(depths?.push ?? undefined);
    const { problem } = this;
    if (problem !== undefined && !this.isLogged) {
      this.logger.error({ reason: problem }, 'Intake is dead: this process needs a restart');
    }
    this.isLogged = problem !== undefined;
  }

  private update(depth: QueueDepth | undefined): void {
    const { activity } = this.server;
    const text = JSON.stringify(activity);
    const changed = text !== this.lastActivity;
    this.lastActivity = text;
    // Messages in flight may take as long as they take: their own timeouts end them.
    if (!activity.linked || !activity.wanted || activity.inFlight > 0) {
      this.startOver(undefined);
      return;
    }
    if (changed || this.idleSince === undefined) this.startOver(this.options.now());
    this.hasConsumers = activity.consumers > 0;
    this.hasWaiting = activity.waiting > 0;
    if (depth !== undefined) this.evaluate(depth, activity.consumers);
  }

  /**
   * Messages that stay ready prove nothing: a quorum queue without its majority shows them too, and another consumer may
   * have priority. Messages that *arrived* prove that the queue works, and are ours where nobody else consumes from it.
   */
  private evaluate({ messages, consumers }: QueueDepth, ours: number): void {
    const arrived = this.fewestReady !== undefined && messages > this.fewestReady;
    this.fewestReady = Math.min(messages, this.fewestReady ?? messages);
    if (messages === 0 || consumers > ours) this.undeliveredSince = undefined;
    else if (arrived) this.undeliveredSince ??= this.options.now();
  }

  private startOver(at: number | undefined): void {
    this.idleSince = at;
    this.fewestReady = undefined;
    this.undeliveredSince = undefined;
  }

  private isTooLong(since: number | undefined): boolean {
    return since !== undefined && this.options.now() - since >= this.options.silenceMs;
  }
}
