import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { type Envelope, notificationRequestSchema, pageMeta, success } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { CorrelationId } from '@push/observability';
import { RedisConnectionModule } from '@push/redis';
import { ClientGuard, GatewayApi } from '../gateway-api';
import { type Accepted, AcceptNotification } from './accept-notification';
import { NotificationIndex } from './notification-index';
import {
  type NotificationRecord,
  NotificationRecords,
  type NotificationSummary,
} from './notification-records';
import * as answers from './notification.dto';
import { ListingQuery, NotificationPath } from './notification.dto';
import { RequestClaims } from './request-claims';

/** Notifications: ask for one, see what became of it. */
@Controller('notifications')
@UseGuards(ClientGuard)
@GatewayApi('Notifications', 'x-api-key')
export class NotificationsController {
  constructor(
    private readonly acceptNotification: AcceptNotification,
    private readonly records: NotificationRecords,
  ) {}

  /** 202 once the broker has it. Sent again with the same request_id, it answers the same and sends nothing. */
  @Post()
  @HttpCode(202)
  @ApiOperation({ operationId: 'createNotification', summary: 'Ask for a push notification' })
  @ApiJsonBody(notificationRequestSchema, answers.exampleRequest)
  @ApiAnswer(answers.acceptedSchema, {
    status: 202,
    description: 'Notification accepted',
    example: answers.exampleAccepted,
  })
  @ApiRefusals({
    409: ['notification_id_taken', 'This notification_id is that of another request'],
    413: ['payload_too_large', 'The request body is too large'],
  })
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
  @ApiOperation({ operationId: 'listNotifications', summary: 'Notifications of a user' })
  @ApiAnswer(answers.summarySchema.array(), {
    description: 'Notifications, newest first',
    example: [answers.exampleSummary],
    meta: pageMeta(1, 1, 20),
  })
  async list(
    @Query() { user_id, page, limit }: ListingQuery,
  ): Promise<Envelope<NotificationSummary[]>> {
    const { total, notifications } = await this.records.ofUser(user_id, page, limit);
    return success(notifications, 'Notifications, newest first', pageMeta(total, page, limit));
  }

  /** By the notification's id, or by that of its request. */
  @Get(':notification_id')
  @ApiOperation({ operationId: 'findNotification', summary: 'What became of a notification' })
  @ApiAnswer(answers.recordSchema, { description: 'Notification', example: answers.exampleRecord })
  @ApiRefusals({
    404: [
      'notification_not_found',
      'There is no notification with this id; they are kept for a limited time',
    ],
  })
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

/** Accepting notifications and knowing what became of them. Needs the queue's publisher. */
@Module({
  imports: [RedisConnectionModule],
  controllers: [NotificationsController],
  providers: [RequestClaims, NotificationIndex, NotificationRecords, AcceptNotification],
  exports: [NotificationRecords],
})
export class NotificationsModule {}
