import {
  ForbiddenException,
  HttpException,
  HttpStatus,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { apiKeyOf, constantTimeFind } from '@push/http';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AdminConfig, type AdminKey } from '../admin.config';
import { isRead, logRefused, type AdminRequest } from './audit.interceptor';

const WINDOW_SECONDS = 60;

/** Rate limits of the admin API: requests of one key, and wrong keys of one address. Each instance counts its own. */
@Injectable()
export class AdminLimits {
  private readonly requests: RateLimiterMemory;
  private readonly wrongKeys: RateLimiterMemory;

  constructor({ requestsPerMinute, wrongKeysPerMinute }: AdminConfig) {
    this.requests = new RateLimiterMemory({ points: requestsPerMinute, duration: WINDOW_SECONDS });
    this.wrongKeys = new RateLimiterMemory({
      points: wrongKeysPerMinute,
      duration: WINDOW_SECONDS,
    });
  }

  /** Counts a request. @throws {HttpException} 429 */
  async countRequest(keyName: string): Promise<void> {
    try {
      await this.requests.consume(keyName);
    } catch (error) {
      throw tooMany(error, 'Too many requests with this key; wait, and send fewer');
    }
  }

  async countWrongKey(address: string): Promise<void> {
    await this.wrongKeys.penalty(address);
  }

  /** @throws {HttpException} 429 after so many wrong keys from an address that no key of it is checked any more */
  async checkAddress(address: string): Promise<void> {
    const seen = await this.wrongKeys.get(address);
    if (seen !== null && seen.remainingPoints <= 0 && seen.msBeforeNext > 0) {
      throw tooMany(seen, 'Too many wrong keys from this address; wait before the next attempt');
    }
  }
}

/** Admits requests with a valid key, within the limits, and records whose key it is. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly config: AdminConfig,
    private readonly limits: AdminLimits,
  ) {}

  /**
   * @throws {ForbiddenException} while no key is configured, or where the key is read-only
   * @throws {UnauthorizedException} without a key, or with a wrong one
   * @throws {HttpException} 429, with Retry-After
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    if (this.config.keys.length === 0) {
      throw new ForbiddenException('The admin API is closed until ADMIN_API_KEYS is set');
    }
    await this.limits.checkAddress(request.ip);
    const { name, readOnly } = await this.authenticate(request);
    request.adminActor = name;
    await this.limits.countRequest(name);
    if (readOnly && !isRead(request)) {
      logRefused(request, 'read-only key');
      throw new ForbiddenException({
        error: 'read_only_key',
        message: 'This key is read-only; use one that may make changes',
      });
    }
    return true;
  }

  private async authenticate(request: AdminRequest): Promise<AdminKey> {
    const key = apiKeyOf(request.headers);
    if (key !== undefined) {
      const known = constantTimeFind(this.config.keys, key, (one) => one.key);
      if (known !== undefined) return known;
      await this.limits.countWrongKey(request.ip);
      logRefused(request, 'wrong key');
    }
    throw new UnauthorizedException(
      'Send a valid key in the x-api-key header, or as Authorization: Bearer',
    );
  }
}

function tooMany(error: unknown, message: string): unknown {
  if (!(error instanceof RateLimiterRes)) return error;
  const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
  return new HttpException(
    { error: 'too_many_requests', message, retryAfterSeconds },
    HttpStatus.TOO_MANY_REQUESTS,
  );
}
