import { Injectable } from '@nestjs/common';
import { ROUTING_KEYS } from '@push/contracts';
import { GuardedPublisher } from '../../../apps/push-service/src/broker/guarded.publisher';
import { passed, requestIdOf, type FaultPoint } from './fault-points';

const BEHIND: Readonly<Record<string, FaultPoint>> = {
  [ROUTING_KEYS.failed]: 'after-dead-letter',
  [ROUTING_KEYS.status]: 'after-status',
};

/** Publishing, with fault points where the broker has confirmed. */
@Injectable()
export class DyingPublisher extends GuardedPublisher {
  override async publish(...args: Parameters<GuardedPublisher['publish']>): Promise<void> {
    await super.publish(...args);
    const point = BEHIND[args[0]];
    if (point) passed(point, args[2]?.messageId ?? '');
  }

  override async park(...args: Parameters<GuardedPublisher['park']>): Promise<void> {
    await super.park(...args);
    passed('after-park', requestIdOf(args[0].content));
  }

  override async requeueCopy(...args: Parameters<GuardedPublisher['requeueCopy']>): Promise<void> {
    await super.requeueCopy(...args);
    passed('after-going-back', requestIdOf(args[0].content));
  }
}
