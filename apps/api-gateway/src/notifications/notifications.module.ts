import { Module } from '@nestjs/common';
import { RedisConnectionModule } from '@push/redis';
import { AcceptNotification } from './accept-notification';
import { NotificationIndex } from './notification-index';
import { NotificationRecords } from './notification-records';
import { NotificationsController } from './notifications.controller';
import { RequestClaims } from './request-claims';

/** Accepting notifications and knowing what became of them. Needs the queue's publisher. */
@Module({
  imports: [RedisConnectionModule],
  controllers: [NotificationsController],
  providers: [RequestClaims, NotificationIndex, NotificationRecords, AcceptNotification],
  exports: [NotificationRecords],
})
export class NotificationsModule {}
