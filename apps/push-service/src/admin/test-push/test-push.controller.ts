import { Body, HttpCode, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { createZodDto } from 'nestjs-zod';
import { Actor, AdminApi } from '../access/admin-api.decorator';
import { TestPush, testPushResultSchema, testPushSchema, type TestPushResult } from './test-push';

class TestPushDto extends createZodDto(
  testPushSchema
    .refine(({ user_id, token }) => (user_id === undefined) !== (token === undefined), {
      error: 'send exactly one of user_id and token',
    })
    .refine(({ platform, token }) => platform === undefined || token !== undefined, {
      error: 'platform is only allowed with token; the devices of a user have their own',
    }),
) {}

const EXAMPLE: TestPushResult = {
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
};
const SENT = 'The answer of FCM for each device';

/** Sends a single push for a test. */
@AdminApi('test-push', 'Test push')
export class TestPushController {
  constructor(private readonly testPush: TestPush) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'sendTestPush',
    summary: 'Send one push without the queue; by default FCM validates it and delivers nothing',
  })
  @ApiJsonBody(testPushSchema, { user_id: 'user-42', title: 'Hello', validate_only: true })
  @ApiAnswer(testPushResultSchema, { description: SENT, example: EXAMPLE })
  @ApiRefusals({
    404: ['user_not_found', 'The user service knows no user with this user_id'],
    409: ['opted_out', 'The user has opted out of push notifications'],
  })
  async send(
    @Body() request: TestPushDto,
    @Actor() actor: string,
  ): Promise<Envelope<TestPushResult>> {
    return success(await this.testPush.send(request, actor), SENT);
  }
}
