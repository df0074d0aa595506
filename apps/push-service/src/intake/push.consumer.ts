import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { ROUTING_KEYS } from '@push/contracts';
import { BareArguments, type MessageBody, type PushContext } from '@push/queue';
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
  @BareArguments()
  onPush(body: MessageBody, context: PushContext): Promise<void> {
    return this.timeline.follow(() => this.intake.take(body, context));
  }
}
