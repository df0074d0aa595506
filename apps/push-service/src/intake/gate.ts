import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
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

/** The one place that pauses intake while something it needs is down, and resumes it when all is well again. */
@Injectable()
export class Gate implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Gate.name);
  private unsubscribe?: () => void;
  private open = true;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly server: PushQueueServer,
  ) {}

  /** What keeps intake paused; empty while it is open. */
  get closedBy(): string[] {
    return this.dependencies
      .all()
      .filter(({ name, available }) => NEEDED_DEPENDENCIES.includes(name) && !available)
      .map(({ name }) => name);
  }

  onModuleInit(): void {
    this.unsubscribe = this.dependencies.onChange(() => this.apply());
    this.apply();
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
  }

  private apply(): void {
    const closedBy = this.closedBy;
    const open = closedBy.length === 0;
    if (open === this.open) return;
    this.open = open;
    if (open) {
      this.logger.log('Intake resumed');
      void this.server.resume();
    } else {
      this.logger.warn({ waiting_for: closedBy }, 'Intake paused; messages stay in the queue');
      void this.server.pause(closedBy.join(', '));
    }
  }
}
