import { Module } from '@nestjs/common';
import { GuardedPublisher } from './guarded.publisher';

/** Publishing, with the broker as a dependency that has a breaker. */
@Module({ providers: [GuardedPublisher], exports: [GuardedPublisher] })
export class BrokerModule {}
