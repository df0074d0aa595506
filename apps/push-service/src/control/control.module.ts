import { Module } from '@nestjs/common';
import { RedisConnectionModule } from '@push/redis';
import { IntakeModule } from '../consumer/intake.module';
import { Instance, Instances } from './instances';
import { OverrideStore } from './override-store';
import { OverrideApplier, Overrides } from './overrides';

/** What operators change while the service runs, in all instances at once. */
@Module({
  imports: [RedisConnectionModule, IntakeModule],
  providers: [OverrideStore, Overrides, OverrideApplier, Instance, Instances],
  exports: [Overrides, Instances],
})
export class ControlModule {}
