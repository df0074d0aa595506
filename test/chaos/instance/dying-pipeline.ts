import { Injectable } from '@nestjs/common';
import type { MessageBody, PushContext } from '@push/queue';
import { DeliveryPipeline } from '../../../apps/push-service/src/delivery/delivery.pipeline';
import { passed, requestIdOf } from './fault-points';

/** The pipeline with a fault point just before the ack of its message: everything else is done by then. */
@Injectable()
export class DyingPipeline extends DeliveryPipeline {
  override process(body: MessageBody, context: PushContext): Promise<void> {
    const ack = context.ack.bind(context);
    context.ack = (...how) => {
      passed('before-ack', requestIdOf(context.message.content));
      ack(...how);
    };
    return super.process(body, context);
  }
}
