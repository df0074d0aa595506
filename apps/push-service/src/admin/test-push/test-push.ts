import { randomUUID } from 'node:crypto';
import {
  ConflictException,
  Injectable,
  Logger,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import {
  maskToken,
  PLATFORMS,
  tokenFingerprint,
  type Device,
  type Recipient,
} from '@push/contracts';
import { GuardedFcm, type PushContent, type SendResult } from '@push/fcm';
import { DependencyDownError } from '@push/resilience';
import { RecipientDirectory, UserServiceError } from '@push/user-client';
import { z } from 'zod';
import { flag, text } from '../fields';

const MAX_DEVICES = 50;
/** For FCM; its own timeout is configured, and may be longer. */
const TIMEOUT_MS = 15_000;
/** A test that is shown an hour later only confuses. */
const TTL_SECONDS = 300;

const TIMED_OUT: SendResult = {
  accepted: false,
  failure: 'transient',
  code: 'TIMEOUT',
  message: `No answer within ${TIMEOUT_MS / 1000} s; FCM may have accepted it nevertheless`,
};

/** To one token, or to all devices of a user. */
export const testPushSchema = z.strictObject(
  {
    user_id: text('user_id', 256, { trim: true }).optional().describe('All devices of this user'),
    token: text('token', 4096, { trim: true }).optional().describe('Only this device'),
    platform: z
      .enum(PLATFORMS, { error: `platform should be one of ${PLATFORMS.join(', ')}` })
      .optional()
      .describe('Of the token'),
    title: text('title', 200, { trim: true }).default('Test'),
    body: text('body', 1000, { trim: true }).default('A test push of push-service'),
    data: z
      .record(
        z.string().max(100, { error: 'data should have names of at most 100 characters' }),
        z.string({ error: 'data should have text values only' }),
        { error: 'data should be an object with text values' },
      )
      .refine((data) => Object.keys(data).length <= 50, {
        error: 'data should have at most 50 entries',
      })
      .default({}),
    validate_only: flag('validate_only')
      .default(true)
      .describe('FCM validates the message and delivers nothing'),
  },
  {
    error: 'send a JSON object with user_id or token, and only with the fields that are described',
  },
);

export const testPushResultSchema = z.object({
  validate_only: z.boolean(),
  devices: z.array(
    z.object({
      device: z.string().describe('The token, masked'),
      fingerprint: z.string(),
      platform: z.string().nullable(),
      accepted: z.boolean(),
      message_id: z.string().nullable(),
      code: z.string().nullable().describe('Error code of FCM'),
      error: z.string().nullable().describe('A sentence'),
      ms: z.number(),
    }),
  ),
  left_out: z.number().describe('Devices of the user beyond the first 50'),
});

export type TestPushRequest = z.output<typeof testPushSchema>;
export type TestPushResult = z.output<typeof testPushResultSchema>;
type DeviceResult = TestPushResult['devices'][number];

/** Sends one push without the queue: no claim, no retry, no metric of a notification, no cleanup of invalid tokens. */
@Injectable()
export class TestPush {
  private readonly logger = new Logger(TestPush.name);

  constructor(
    private readonly directory: RecipientDirectory,
    private readonly fcm: GuardedFcm,
  ) {}

  /**
   * @throws {NotFoundException} where there is no such user, or the user has no device
   * @throws {ConflictException} where the user has opted out and would be shown a push
   * @throws {ServiceUnavailableException} where the user service fails, or a breaker is open, which it names
   */
  async send(request: TestPushRequest, actor: string): Promise<TestPushResult> {
    try {
      const devices = await this.devicesOf(request);
      const chosen = devices.slice(0, MAX_DEVICES);
      const results = await this.sendTo(chosen, request);
      const accepted = results.filter((result) => result.accepted).length;
      const { validate_only } = request;
      this.logger.log(
        { actor, devices: results.length, accepted, validate_only },
        'Test push sent',
      );
      return { validate_only, devices: results, left_out: devices.length - chosen.length };
    } catch (error) {
      if (!(error instanceof DependencyDownError)) throw error;
      throw new ServiceUnavailableException({
        error: 'breaker_open',
        message: `The circuit breaker of ${error.dependency} is open, so nothing was sent. api/v1/health shows why`,
      });
    }
  }

  private async devicesOf(request: TestPushRequest): Promise<readonly Device[]> {
    const { token, platform, user_id = '', validate_only } = request;
    if (token !== undefined) return [{ token, platform }];
    const recipient = await this.lookUp(user_id);
    if (!recipient) {
      throw new NotFoundException({
        error: 'user_not_found',
        message: 'The user service knows no user with this user_id',
      });
    }
    if (recipient.devices.length === 0) {
      throw new NotFoundException({
        error: 'no_device',
        message: 'The user has no device registered for push notifications',
      });
    }
    if (!recipient.wantsPush && !validate_only) {
      throw new ConflictException({
        error: 'opted_out',
        message: 'The user has opted out of push notifications; validate_only is still allowed',
      });
    }
    return recipient.devices;
  }

  private async lookUp(userId: string): Promise<Recipient | undefined> {
    try {
      return await this.directory.lookup(userId, `test-push-${randomUUID()}`);
    } catch (error) {
      if (!(error instanceof UserServiceError)) throw error;
      throw new ServiceUnavailableException({
        error: 'user_service_failing',
        message: error.message,
      });
    }
  }

  private async sendTo(
    devices: readonly Device[],
    { title, body, data, validate_only: validateOnly }: TestPushRequest,
  ): Promise<DeviceResult[]> {
    const tag = `test-${randomUUID()}`;
    const content: PushContent = {
      title,
      body,
      data,
      priority: 'high',
      tag,
      ttlSeconds: TTL_SECONDS,
    };
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<SendResult>((resolve) => {
      timer = setTimeout(() => resolve(TIMED_OUT), TIMEOUT_MS);
    });
    try {
      return await Promise.all(
        devices.map(async ({ token, platform }) => {
          const sentAt = performance.now();
          const sending = this.fcm.send({ token, platform, content }, { validateOnly });
          const result = await Promise.race([sending, timedOut]);
          return resultOf({ token, platform }, result, performance.now() - sentAt);
        }),
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

function resultOf({ token, platform }: Device, result: SendResult, ms: number): DeviceResult {
  return {
    device: maskToken(token),
    fingerprint: tokenFingerprint(token),
    platform: platform ?? null,
    accepted: result.accepted,
    message_id: result.accepted ? result.messageId : null,
    code: result.accepted ? null : result.code,
    error: result.accepted ? null : result.message,
    ms: Math.round(ms),
  };
}
