import { randomUUID } from 'node:crypto';
import {
  ConflictException,
  HttpException,
  HttpStatus,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import type { Device, Recipient } from '@push/contracts';
import { RecipientDirectory, UserServiceError } from '@push/user-client';
import type { TestPushRequest } from './test-push.schema';

/** Finds the devices that a test push is for. */
@Injectable()
export class TestPushTargets {
  constructor(private readonly directory: RecipientDirectory) {}

  /**
   * @throws {NotFoundException} where there is no such user, or the user has no device
   * @throws {ConflictException} where the user wants no push and would be shown one
   * @throws {HttpException} 503 where the user service gives no sound answer
   * @throws {DependencyDownError} while its breaker is open
   */
  async find(request: TestPushRequest): Promise<readonly Device[]> {
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
        message: 'The user wants no push notifications; validate_only shows nothing and is allowed',
      });
    }
    return recipient.devices;
  }

  private async lookUp(userId: string): Promise<Recipient | undefined> {
    try {
      return await this.directory.lookup(userId, `test-push-${randomUUID()}`);
    } catch (error) {
      if (!(error instanceof UserServiceError)) throw error;
      throw new HttpException(
        { error: 'user_service_failing', message: error.message },
        HttpStatus.SERVICE_UNAVAILABLE,
      );
    }
  }
}
