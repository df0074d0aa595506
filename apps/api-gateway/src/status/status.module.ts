import { Module } from '@nestjs/common';
import { NotificationsModule } from '../notifications/notifications.module';
import { StatusController } from './status.controller';

/** Takes status reports. */
@Module({ imports: [NotificationsModule], controllers: [StatusController] })
export class StatusModule {}
