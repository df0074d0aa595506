import { Module } from '@nestjs/common';
import { GuardedPublisher } from './guarded.publisher';

/** Publishing through the broker's circuit breaker. */
@Module({ providers: [GuardedPublisher], exports: [GuardedPublisher] })
export class BrokerModule {}
