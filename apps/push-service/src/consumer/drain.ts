import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { Admission } from '../delivery/admission';
import { Recorder } from '../delivery/recorder';
import { IntakeConfig } from './intake.config';

/**
 * On shutdown: no new messages, and those in hand are finished while Redis, the broker and FCM are still connected. What
 * cannot be recorded in half the time is left the other half to go back to the queue with what is known of it.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(
    private readonly server: PushQueueServer,
    private readonly admission: Admission,
    private readonly recorder: Recorder,
    private readonly config: IntakeConfig,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.admission.stop();
    this.recorder.giveUpAfter(this.config.drainMs / 2);
    await this.server.drain(this.config.drainMs);
  }
}
