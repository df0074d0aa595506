import { Body, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { Actor } from '../access/actor.decorator';
import { AdminApi } from '../admin-api.decorator';
import { NotificationLookup } from './notification-lookup';
import { RELEASED_EXAMPLE, TIMELINE_EXAMPLE } from './notification.examples';
import {
  NotificationPath,
  ReleaseDto,
  releasedSchema,
  releaseSchema,
  RequestPath,
  timelineSchema,
  type Released,
  type TimelineAnswer,
} from './notification.schema';
import { Release } from './release';

const NOT_FOUND =
  'Nothing is known of this id: it has not arrived here, or it is longer ago than is remembered';
const RELEASED = 'The request is forgotten, and can be sent again';

/** What became of one notification, and how it can be sent again. */
@AdminApi('notifications', 'Notifications')
export class NotificationsController {
  constructor(
    private readonly lookup: NotificationLookup,
    private readonly release: Release,
  ) {}

  @Get(':id/timeline')
  @ApiOperation({
    operationId: 'getTimeline',
    summary: 'What became of one notification: what its claim says now, and its events',
  })
  @ApiAnswer(timelineSchema, { description: 'What is known of it', example: TIMELINE_EXAMPLE })
  @ApiRefusals({ 404: ['not_found', NOT_FOUND] })
  async timeline(@Param() { id }: NotificationPath): Promise<Envelope<TimelineAnswer>> {
    const found = await this.lookup.find(id);
    if (!found) throw new NotFoundException({ error: 'not_found', message: NOT_FOUND });
    return success(found, 'What is known of it');
  }

  @Post(':request_id/release')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'releaseRequest',
    summary: 'Forget a request, so that it can be sent again',
  })
  @ApiJsonBody(releaseSchema, { confirm_delivered: false })
  @ApiAnswer(releasedSchema, { description: RELEASED, example: RELEASED_EXAMPLE })
  @ApiRefusals({
    404: ['not_found', 'Nothing is recorded under this request_id'],
    409: [
      'in_progress',
      'A worker is on it; or it was delivered, and confirm_delivered is missing',
    ],
  })
  async forget(
    @Param() { request_id }: RequestPath,
    @Body() { confirm_delivered }: ReleaseDto,
    @Actor() actor: string,
  ): Promise<Envelope<Released>> {
    return success(await this.release.release(request_id, actor, confirm_delivered), RELEASED);
  }
}
