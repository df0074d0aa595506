import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { PushQueueServer, QueueInspector } from '@push/queue';
import { IntakeVigil } from './intake-vigil';

/** How often intake is looked at; a test looks more often. */
export class IntakeWatchOptions {
  /** Milliseconds between looks. */
  readonly everyMs: number = 15_000;
}

/** Watches over intake from beside, so that a probe is answered at once from what is known. */
@Injectable()
export class IntakeWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IntakeWatch.name);
  private timer?: NodeJS.Timeout;
  private told = false;

  constructor(
    private readonly server: PushQueueServer,
    private readonly queues: QueueInspector,
    private readonly vigil: IntakeVigil,
    private readonly options: IntakeWatchOptions,
  ) {}

  /** Why intake is dead; undefined while it is not known to be. */
  get problem(): string | undefined {
    return this.vigil.problem;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), this.options.everyMs);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { linked, wanted, consumers, inFlight } = this.server.activity;
    // A busy intake, or one that is held back, costs the broker no question.
    const asks = linked && wanted && consumers > 0 && inFlight === 0;
    const depths = asks ? await this.queues.depths() : undefined;
    this.vigil.look(this.server.activity, depths?.push ?? undefined);
    this.tell();
  }

  private tell(): void {
    const { problem } = this.vigil;
    if (problem !== undefined && !this.told) {
      this.logger.error({ reason: problem }, 'Intake is dead: this process wants a restart');
    }
    this.told = problem !== undefined;
  }
}
