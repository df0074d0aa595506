import { Body, Controller, HttpCode, Logger, Post, UseGuards } from '@nestjs/common';
import { statusEventSchema, success, type Envelope } from '@push/contracts';
import { ApiJsonBody } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { StatusReporterGuard } from '../access/status-reporter.guard';
import type { NotificationStatus } from '../notifications/notification-record';
import { NotificationRecords } from '../notifications/notification-records';

class StatusEventDto extends createZodDto(statusEventSchema) {}

/** What a reporter is told: the status from now on, and whether the report made a difference. */
interface StatusReceipt {
  notification_id: string;
  status: NotificationStatus;
  recorded: boolean;
}

/** Where push-service reports what became of a notification. A report may come again; the first final one stays. */
@Controller('push/status')
@UseGuards(StatusReporterGuard)
export class StatusController {
  private readonly logger = new Logger(StatusController.name);

  constructor(private readonly records: NotificationRecords) {}

  @Post()
  @HttpCode(200)
  @ApiJsonBody(statusEventSchema)
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
