import { Injectable, Logger } from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { IntakeConfig } from '../consumer/intake.config';

/** How many messages this process may have in hand, by configuration or by an operator's wish. */
@Injectable()
export class ConcurrencySwitch {
  private readonly logger = new Logger(ConcurrencySwitch.name);

  constructor(
    private readonly server: PushQueueServer,
    private readonly config: IntakeConfig,
  ) {}

  get current(): number {
    return this.server.maxConcurrency;
  }

  get configured(): number {
    return this.config.concurrency;
  }

  /** @param wished undefined: as configured */
  set(wished: number | undefined, actor: string): void {
    const from = this.server.maxConcurrency;
    const to = wished ?? this.config.concurrency;
    if (to === from) return;
    this.logger.log({ actor, from, to }, 'Concurrency changed');
    void this.server.setMaxConcurrency(to);
  }
}
