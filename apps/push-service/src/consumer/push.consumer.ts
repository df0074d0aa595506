import { Controller, type BeforeApplicationShutdown } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { ROUTING_KEYS } from '@push/contracts';
import { PushQueueServer, type MessageBody, type PushContext } from '@push/queue';
import { ClaimRecorder } from '../delivery/claim-guard';
import { DeliveryPipeline } from '../delivery/delivery.pipeline';
import { PoisonGuard } from '../delivery/poison-guard';
import { IntakeConfig } from './intake.config';

/** Receives from `push.queue` through Nest's RabbitMQ transport. */
@Controller()
export class PushConsumer implements BeforeApplicationShutdown {
  constructor(
    private readonly pipeline: DeliveryPipeline,
    private readonly server: PushQueueServer,
    private readonly poison: PoisonGuard,
    private readonly recorder: ClaimRecorder,
    private readonly config: IntakeConfig,
  ) {}

  @EventPattern(ROUTING_KEYS.push)
  onPush(@Payload() body: MessageBody, @Ctx() context: PushContext): Promise<void> {
    return this.pipeline.process(body, context);
  }

  /**
   * On shutdown no message is started any more, and those in flight are finished while Redis, the broker and FCM are
   * still connected. What cannot be recorded in half the time has the other half to be requeued with its results.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const { drainMs } = this.config;
    this.poison.stop();
    this.recorder.giveUpAfter(drainMs / 2);
    await this.server.drain(drainMs);
  }
}
