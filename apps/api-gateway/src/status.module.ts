import { Body, Controller, HttpCode, Logger, Module, Post, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { type Envelope, statusEventSchema, success } from '@push/contracts';
import { ApiAnswer, ApiJsonBody } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { GatewayApi, StatusReporterGuard } from './gateway-api';
import { NotificationRecords, type NotificationStatus } from './notifications/notification-records';
import { NotificationsModule } from './notifications/notifications.module';

class StatusEventDto extends createZodDto(statusEventSchema) {}

/** What a reporter is told: the status from now on, and whether the report made a difference. */
interface StatusReceipt {
  notification_id: string;
  status: NotificationStatus;
  recorded: boolean;
}

const receiptSchema = z.object({
  notification_id: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  recorded: z.boolean(),
});

const exampleEvent = {
  notification_id: 'demo-req-123',
  request_id: 'demo-req-123',
  status: 'delivered' as const,
  timestamp: '2026-03-01T12:00:00.120Z',
  error: null,
};

/** Where push-service reports what became of a notification. A report may come again; the first final one stays. */
@Controller('push/status')
@UseGuards(StatusReporterGuard)
@GatewayApi('Status', 'x-status-secret')
export class StatusController {
  private readonly logger = new Logger(StatusController.name);

  constructor(private readonly records: NotificationRecords) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ operationId: 'reportStatus', summary: 'Report what became of a notification' })
  @ApiJsonBody(statusEventSchema, exampleEvent)
  @ApiAnswer(receiptSchema, {
    description: 'Status recorded',
    example: { notification_id: 'demo-req-123', status: 'delivered', recorded: true },
  })
  async report(@Body() event: StatusEventDto): Promise<Envelope<StatusReceipt>> {
    const { notification_id, request_id, user_id } = event;
    const { status, recorded } = await this.records.reported(event);
    if (recorded) {
      this.logger.log({ user_id, request_id, notification_id, status }, 'Status recorded');
    }
    return success(
      { notification_id, status, recorded },
      recorded ? 'Status recorded' : 'Nothing new; the status stays',
    );
  }
}

/** Takes status reports. */
@Module({ imports: [NotificationsModule], controllers: [StatusController] })
export class StatusModule {}
