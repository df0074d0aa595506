import { Body, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { Actor, AdminApi } from '../access/admin-api.decorator';
import { NotificationLookup } from './notification-lookup';
import { NotificationRelease } from './notification-release';
import {
  NotificationPath,
  RELEASED_EXAMPLE,
  ReleaseDto,
  releasedSchema,
  releaseSchema,
  RequestPath,
  TIMELINE_EXAMPLE,
  timelineSchema,
  type Released,
  type TimelineAnswer,
} from './notifications.schema';

const FOUND = 'What is recorded about it';
const NOT_FOUND =
  'Nothing is recorded about this id: it has not arrived, or its record has expired';
const RELEASED = 'The record of the request is deleted; it can be sent again';

/** What happened to one notification, and how it can be sent again. */
@AdminApi('notifications', 'Notifications')
export class NotificationsController {
  constructor(
    private readonly lookup: NotificationLookup,
    private readonly releases: NotificationRelease,
  ) {}

  @Get(':id/timeline')
  @ApiOperation({
    operationId: 'getTimeline',
    summary: 'The state and the events of one notification',
  })
  @ApiAnswer(timelineSchema, { description: FOUND, example: TIMELINE_EXAMPLE })
  @ApiRefusals({ 404: ['not_found', NOT_FOUND] })
  async timeline(@Param() { id }: NotificationPath): Promise<Envelope<TimelineAnswer>> {
    const found = await this.lookup.find(id);
    if (!found) throw new NotFoundException({ error: 'not_found', message: NOT_FOUND });
    return success(found, FOUND);
  }

  @Post(':request_id/release')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'releaseRequest',
    summary: 'Delete the record of a request, so that it can be sent again',
  })
  @ApiJsonBody(releaseSchema, { confirm_delivered: false })
  @ApiAnswer(releasedSchema, { description: RELEASED, example: RELEASED_EXAMPLE })
  @ApiRefusals({
    404: ['not_found', 'Nothing is recorded under this request_id'],
    409: [
      'in_progress',
      'A worker is processing it; or it was delivered, and confirm_delivered is missing',
    ],
  })
  async release(
    @Param() { request_id }: RequestPath,
    @Body() { confirm_delivered }: ReleaseDto,
    @Actor() actor: string,
  ): Promise<Envelope<Released>> {
    return success(await this.releases.release(request_id, actor, confirm_delivered), RELEASED);
  }
}
