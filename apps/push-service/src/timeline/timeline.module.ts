import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { RedisConnectionModule } from '@push/redis';
import { Timeline } from './timeline';
import { TimelineMetrics } from './timeline.metrics';
import { TimelineStore } from './timeline-store';
import { TimelineWriter } from './timeline-writer';

/** Keeps what became of each notification, for those who ask. */
@Module({
  imports: [RedisConnectionModule, RegistryModule],
  providers: [Timeline, TimelineWriter, TimelineStore, TimelineMetrics],
  exports: [Timeline, TimelineStore],
})
export class TimelineModule {}
