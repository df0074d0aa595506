import { randomUUID } from 'node:crypto';
import { HttpException, HttpStatus, Injectable, Logger } from '@nestjs/common';
import { maskToken, tokenFingerprint, type Device } from '@push/contracts';
import { GuardedFcm, type PushContent, type SendResult } from '@push/fcm';
import { DependencyDownError } from '@push/resilience';
import type { TestPushRequest, TestPushResult } from './test-push.schema';
import { TestPushTargets } from './test-push.targets';

const MAX_DEVICES = 50;
/** Longest wait for FCM; its own deadline is configured, and may be longer. */
const PATIENCE_MS = 15_000;
/** A test that is shown an hour later only confuses. */
const TTL_SECONDS = 300;

const TIMED_OUT: SendResult = {
  accepted: false,
  failure: 'transient',
  code: 'TIMEOUT',
  message: `No answer within ${PATIENCE_MS / 1000} s; it may have been taken all the same`,
};

type DeviceAnswer = TestPushResult['devices'][number];

/** Sends one push past the queue: no claim, no retry, no figure of a notification, and no token is reported dead for it. */
@Injectable()
export class TestPush {
  private readonly logger = new Logger(TestPush.name);

  constructor(
    private readonly targets: TestPushTargets,
    private readonly fcm: GuardedFcm,
  ) {}

  /** @throws {HttpException} 503 that names the breaker that is open; and as {@link TestPushTargets.find} */
  async send(request: TestPushRequest, actor: string): Promise<TestPushResult> {
    try {
      const devices = await this.targets.find(request);
      const result = await this.sendTo(devices, request);
      const accepted = result.devices.filter((device) => device.accepted).length;
      this.logger.log(
        { actor, devices: result.devices.length, accepted, validate_only: request.validate_only },
        'Test push sent',
      );
      return result;
    } catch (error) {
      if (!(error instanceof DependencyDownError)) throw error;
      throw new HttpException(
        {
          error: 'breaker_open',
          message: `The breaker of ${error.dependency} is open: nothing was sent. See api/v1/health for why`,
        },
        HttpStatus.SERVICE_UNAVAILABLE,
      );
    }
  }

  private async sendTo(
    devices: readonly Device[],
    request: TestPushRequest,
  ): Promise<TestPushResult> {
    const content = contentOf(request);
    const { validate_only: validateOnly } = request;
    let patience: NodeJS.Timeout | undefined;
    const timedOut = new Promise<SendResult>((resolve) => {
      patience = setTimeout(() => resolve(TIMED_OUT), PATIENCE_MS);
    });
    try {
      const chosen = devices.slice(0, MAX_DEVICES);
      const answers = chosen.map(async ({ token, platform }): Promise<DeviceAnswer> => {
        const sentAt = performance.now();
        const sending = this.fcm.send({ token, platform, content }, { validateOnly });
        const result = await Promise.race([sending, timedOut]);
        return answerOf({ token, platform }, result, performance.now() - sentAt);
      });
      return {
        validate_only: validateOnly,
        devices: await Promise.all(answers),
        left_out: devices.length - chosen.length,
      };
    } finally {
      clearTimeout(patience);
    }
  }
}

function contentOf({ title, body, data }: TestPushRequest): PushContent {
  const tag = `test-${randomUUID()}`;
  return { title, body, data, priority: 'high', tag, ttlSeconds: TTL_SECONDS };
}

function answerOf({ token, platform }: Device, result: SendResult, ms: number): DeviceAnswer {
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
