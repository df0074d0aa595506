import { Module } from '@nestjs/common';
import { RedisConnectionModule } from '@push/redis';
import { IntakeModule } from '../consumer/intake.module';
import { ConcurrencySwitch } from './concurrency-switch';
import { Instance } from './instance';
import { Instances } from './instances';
import { Pulse } from './pulse';
import { Steering } from './steering';
import { WishStore } from './wish-store';
import { Wishes } from './wishes';

/** What operators steer while the service runs, in all instances at once. */
@Module({
  imports: [RedisConnectionModule, IntakeModule],
  providers: [WishStore, Wishes, Steering, ConcurrencySwitch, Instance, Instances, Pulse],
  exports: [Wishes, ConcurrencySwitch, Instance, Instances],
})
export class ControlModule {}
