import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { RedisConnectionModule } from '@push/redis';
import { Timeline } from './timeline';
import { TimelineStore } from './timeline.store';

/** Keeps for a while what happened to each notification. */
@Module({
  imports: [RedisConnectionModule, RegistryModule],
  providers: [Timeline, TimelineStore],
  exports: [Timeline, TimelineStore],
})
export class TimelineModule {}
