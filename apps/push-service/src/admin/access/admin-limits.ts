import { HttpException, HttpStatus, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AdminConfig } from '../admin.config';

const MINUTE = 60;

/** How often the admin API may be asked: requests of one key, wrong keys of one address. Each instance counts its own. */
@Injectable()
export class AdminLimits {
  private readonly requests: RateLimiterMemory;
  private readonly wrongKeys: RateLimiterMemory;

  constructor({ requestsPerMinute, wrongKeysPerMinute }: AdminConfig) {
    this.requests = new RateLimiterMemory({ points: requestsPerMinute, duration: MINUTE });
    this.wrongKeys = new RateLimiterMemory({ points: wrongKeysPerMinute, duration: MINUTE });
  }

  /** Counts a request. @throws {HttpException} 429 */
  async count(keyName: string): Promise<void> {
    try {
      await this.requests.consume(keyName);
    } catch (error) {
      throw tooMany(error, 'Too many requests with this key; wait, and ask less often');
    }
  }

  /** Counts a wrong key. */
  async countWrongKey(address: string): Promise<void> {
    await this.wrongKeys.penalty(address);
  }

  /** @throws {HttpException} 429 where so many wrong keys came from an address that no key is looked at any more */
  async checkAddress(address: string): Promise<void> {
    const seen = await this.wrongKeys.get(address);
    if (seen !== null && seen.remainingPoints <= 0 && seen.msBeforeNext > 0) {
      throw tooMany(seen, 'Too many wrong keys from this address; wait before the next try');
    }
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
