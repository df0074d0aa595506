import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { apiKeyOf, constantTimeFind } from '@push/http';
import { AdminConfig } from '../admin.config';
import { AdminLimits } from './admin-limits';
import type { AdminRequest } from './admin-request';
import { isReading, logRefused } from './audit-log';

/** Lets those in who have a key, as often as it allows, and notes whose key it is. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly config: AdminConfig,
    private readonly limits: AdminLimits,
  ) {}

  /**
   * @throws {ForbiddenException} while no key is set, or where the key may only look
   * @throws {UnauthorizedException} without a key, or with a wrong one
   * @throws {HttpException} 429, with Retry-After
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { keys } = this.config;
    if (keys.length === 0) {
      throw new ForbiddenException('The admin API is closed until ADMIN_API_KEYS is set');
    }
    const request = context.switchToHttp().getRequest<AdminRequest>();
    await this.limits.checkAddress(request.ip);
    const key = apiKeyOf(request.headers);
    const known = key === undefined ? undefined : constantTimeFind(keys, key, (one) => one.key);
    if (known === undefined) {
      if (key !== undefined) {
        await this.limits.countWrongKey(request.ip);
        logRefused(request, 'wrong key');
      }
      throw new UnauthorizedException(
        'Send a valid key in the x-api-key header, or as Authorization: Bearer',
      );
    }
    request.adminActor = known.name;
    await this.limits.count(known.name);
    if (known.readOnly && !isReading(request)) {
      logRefused(request, 'read-only key');
      throw new ForbiddenException({
        error: 'read_only_key',
        message: 'This key may only look; use one that may act',
      });
    }
    return true;
  }
}
