import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { RedisConnection } from '@push/redis';
import { reason } from '../reason';
import { within } from '../within';

const TIMEOUT_MS = 1000;

/** Whether Redis answers, by a PING over the connection that is there anyway. */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly redis: RedisConnection,
  ) {}

  async check<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    if (!this.redis.connected) {
      return session.down({ checked: 'PING', message: 'not connected; trying again until it is' });
    }
    const sentAt = performance.now();
    try {
      await within(TIMEOUT_MS, this.redis.client.ping());
      const latencyMs = Math.round((performance.now() - sentAt) * 10) / 10;
      return session.up({ checked: 'PING', latency_ms: latencyMs });
    } catch (error) {
      return session.down({ checked: 'PING', message: reason(error) });
    }
  }
}
