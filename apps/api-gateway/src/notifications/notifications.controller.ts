import {
  Body,
  Controller,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { notificationRequestSchema, pageMeta, success, type Envelope } from '@push/contracts';
import { ApiJsonBody } from '@push/http';
import { CorrelationId } from '@push/observability';
import { ClientGuard } from '../access/client.guard';
import { AcceptNotification, type Accepted } from './accept-notification';
import type { NotificationRecord, NotificationSummary } from './notification-record';
import { NotificationRecords } from './notification-records';
import { ListingQuery, NotificationPath } from './notification.dto';

/** Notifications: ask for one, see what became of it. */
@Controller('notifications')
@UseGuards(ClientGuard)
export class NotificationsController {
  constructor(
    private readonly acceptNotification: AcceptNotification,
    private readonly records: NotificationRecords,
  ) {}

  /** 202 once the broker has it. Sent again with the same request_id, it answers the same and sends nothing. */
  @Post()
  @HttpCode(202)
  @ApiJsonBody(notificationRequestSchema)
  async create(
    @Body() body: unknown,
    @CorrelationId() correlationId: string,
  ): Promise<Envelope<Omit<Accepted, 'isNew'>>> {
    const { isNew, ...accepted } = await this.acceptNotification.accept(body, correlationId);
    return success(
      accepted,
      isNew ? 'Notification accepted' : 'This request was accepted before; nothing was sent again',
    );
  }

  @Get()
  async list(
    @Query() { user_id, page, limit }: ListingQuery,
  ): Promise<Envelope<NotificationSummary[]>> {
    const { total, notifications } = await this.records.ofUser(user_id, page, limit);
    return success(notifications, 'Notifications, newest first', pageMeta(total, page, limit));
  }

  /** By the notification's id, or by that of its request. */
  @Get(':notification_id')
  async find(
    @Param() { notification_id }: NotificationPath,
  ): Promise<Envelope<NotificationRecord>> {
    const record = await this.records.find(notification_id);
    if (record) return success(record, 'Notification');
    throw new NotFoundException({
      error: 'notification_not_found',
      message: 'There is no notification with this id; they are kept for a limited time',
    });
  }
}
