import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { IntakeConfig } from './intake.config';

/** On shutdown: no new messages, and those in hand are finished while Redis, the broker and FCM are still connected. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(
    private readonly server: PushQueueServer,
    private readonly config: IntakeConfig,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.server.drain(this.config.drainMs);
  }
}
