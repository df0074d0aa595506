import { Module } from '@nestjs/common';
import { IdempotencyModule } from '@push/idempotency';
import { TimelineModule } from '../../timeline/timeline.module';
import { NotificationLookup } from './notification-lookup';
import { Release } from './release';

/** One notification at a time, for an operator. */
@Module({
  imports: [IdempotencyModule, TimelineModule],
  providers: [NotificationLookup, Release],
  exports: [NotificationLookup, Release],
})
export class NotificationsModule {}
