import { Body, HttpCode, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { Actor } from '../access/actor.decorator';
import { AdminApi } from '../admin-api.decorator';
import { TestPush } from './test-push';
import {
  TestPushDto,
  testPushResultSchema,
  testPushSchema,
  type TestPushResult,
} from './test-push.schema';

const DESCRIPTION = 'What FCM answered, by device';

/** Tries the way to a device out. */
@AdminApi('test-push', 'Test push')
export class TestPushController {
  constructor(private readonly testPush: TestPush) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'sendTestPush',
    summary: 'Send one push past the queue; by default FCM only checks it and nothing is shown',
  })
  @ApiJsonBody(testPushSchema, { user_id: 'user-42', title: 'Hello', validate_only: true })
  @ApiAnswer(testPushResultSchema, {
    description: DESCRIPTION,
    example: {
      validate_only: true,
      devices: [
        {
          device: 'fGhJ...x9Kq',
          fingerprint: '6b1f0c2d9a3e4f5a6b7c8d9e',
          platform: 'android',
          accepted: true,
          message_id: 'projects/p/messages/fake_message_id',
          code: null,
          error: null,
          ms: 84,
        },
      ],
      left_out: 0,
    },
  })
  @ApiRefusals({
    404: ['user_not_found', 'The user service knows no user with this user_id'],
    409: ['opted_out', 'The user wants no push notifications'],
  })
  async send(
    @Body() request: TestPushDto,
    @Actor() actor: string,
  ): Promise<Envelope<TestPushResult>> {
    return success(await this.testPush.send(request, actor), DESCRIPTION);
  }
}
