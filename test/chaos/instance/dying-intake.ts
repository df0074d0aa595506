import { Injectable } from '@nestjs/common';
import type { MessageBody, PushContext } from '@push/queue';
import { Intake } from '../../../apps/push-service/src/consumer/intake.service';
import { passed, requestIdOf } from './fault-points';

/** The way of one message, with a fault point just before its ack: all else is done by then. */
@Injectable()
export class DyingIntake extends Intake {
  override take(body: MessageBody, context: PushContext): Promise<void> {
    const ack = context.ack.bind(context);
    context.ack = (...how) => {
      passed('before-ack', requestIdOf(context.message.content));
      ack(...how);
    };
    return super.take(body, context);
  }
}
