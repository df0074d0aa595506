import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { RedisConnection } from '@push/redis';
import { reason, within } from './check';
import { BrokerState } from './health.ports';

const NOT_CONNECTED = 'not connected; trying again until it is';
const PING_TIMEOUT_MS = 1000;

/** Whether RabbitMQ can be used, by the state of the existing connection. */
@Injectable()
export class BrokerHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly broker: BrokerState,
  ) {}

  check<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    const { connected, paused } = this.broker;
    const active = connected ? 'consuming' : 'waiting';
    const consumer = paused === undefined ? {} : { consumer: paused ? 'paused' : active };
    const found: Record<string, unknown> = { checked: 'connection', ...consumer };
    return connected ? session.up(found) : session.down({ ...found, message: NOT_CONNECTED });
  }
}

/** Whether Redis answers, by a PING over the existing connection. */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly redis: RedisConnection,
  ) {}

  async check<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    if (!this.redis.connected) return session.down({ checked: 'PING', message: NOT_CONNECTED });
    const sentAt = performance.now();
    try {
      await within(PING_TIMEOUT_MS, this.redis.client.ping());
      const latencyMs = Math.round((performance.now() - sentAt) * 10) / 10;
      return session.up({ checked: 'PING', latency_ms: latencyMs });
    } catch (error) {
      return session.down({ checked: 'PING', message: reason(error) });
    }
  }
}
