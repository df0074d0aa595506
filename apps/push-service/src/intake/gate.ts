import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { Dependencies } from '@push/resilience';

/** Dependencies without which no notification can be delivered; without the gateway only its status waits. */
export const NEEDED_DEPENDENCIES: readonly string[] = [
  'rabbitmq',
  'redis',
  'user-service',
  'credentials',
  'fcm',
];

/** Not RabbitMQ: without it no message comes. Not the credentials: the look at FCM tells of them too. */
const LOOKED_AT_FIRST = ['redis', 'user-service', 'fcm'];

/**
 * The one place that pauses intake while something it needs is down, and resumes it when all is well again. Closed at the
 * start, until everything has been looked at once: no message is spent on finding out.
 */
@Injectable()
export class Gate implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Gate.name);
  private unsubscribe?: () => void;
  private hasLooked = false;
  private open = false;
  /** What intake was last said to wait for. */
  private told: readonly string[] = [];

  constructor(
    private readonly dependencies: Dependencies,
    private readonly server: PushQueueServer,
  ) {}

  /** What keeps intake paused; empty while nothing is known to be down. */
  get closedBy(): string[] {
    return this.dependencies
      .all()
      .filter(({ name, available }) => NEEDED_DEPENDENCIES.includes(name) && !available)
      .map(({ name }) => name);
  }

  /** Whether everything has been looked at once. */
  get looked(): boolean {
    return this.hasLooked;
  }

  onModuleInit(): void {
    void this.server.pause('the first look');
    this.unsubscribe = this.dependencies.onChange(() => this.apply());
  }

  /** The app starts meanwhile. */
  onApplicationBootstrap(): void {
    void this.lookFirst();
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
  }

  private async lookFirst(): Promise<void> {
    const first = this.dependencies.all().filter(({ name }) => LOOKED_AT_FIRST.includes(name));
    await Promise.all(first.map((dependency) => dependency.look()));
    this.hasLooked = true;
    this.apply();
  }

  private apply(): void {
    const closedBy = this.closedBy;
    if (closedBy.length > 0) this.close(closedBy);
    else if (this.hasLooked && !this.open) this.reopen();
  }

  private close(closedBy: readonly string[]): void {
    this.open = false;
    if (closedBy.join() === this.told.join()) return;
    this.told = closedBy;
    this.logger.warn({ waiting_for: closedBy }, 'Intake paused; messages stay in the queue');
    void this.server.pause(closedBy.join(', '));
  }

  private reopen(): void {
    const recovered = this.told.length > 0;
    this.open = true;
    this.told = [];
    if (recovered) this.logger.log('Intake resumed');
    void this.server.resume({ rampUp: recovered });
  }
}
