import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { ROUTING_KEYS } from '@push/contracts';
import type { MessageBody, PushContext } from '@push/queue';
import { Timeline } from '../timeline/timeline';
import { Intake } from './intake.service';

/** Receives from `push.queue` through Nest's RabbitMQ transport. */
@Controller()
export class PushConsumer {
  constructor(
    private readonly intake: Intake,
    private readonly timeline: Timeline,
  ) {}

  @EventPattern(ROUTING_KEYS.push)
  onPush(@Payload() body: MessageBody, @Ctx() context: PushContext): Promise<void> {
    return this.timeline.follow(() => this.intake.take(body, context));
  }
}
