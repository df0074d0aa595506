import { Module } from '@nestjs/common';
import {
  BrokerHealthIndicator,
  BrokerState,
  CircuitBreakersHealthIndicator,
  HealthModule as Indicators,
  RedisHealthIndicator,
} from '@push/health';
import { Publisher } from '@push/queue';
import { RedisConnectionModule } from '@push/redis';
import { HealthController } from './health.controller';

/** Health of the gateway and of what it needs. */
@Module({
  imports: [
    Indicators.forRoot({
      indicators: [BrokerHealthIndicator, RedisHealthIndicator, CircuitBreakersHealthIndicator],
      imports: [RedisConnectionModule],
      providers: [{ provide: BrokerState, useExisting: Publisher }],
    }),
  ],
  controllers: [HealthController],
})
export class HealthModule {}
