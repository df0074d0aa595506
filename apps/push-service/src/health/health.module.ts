import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import {
  BrokerHealthIndicator,
  BrokerState,
  CircuitBreakersHealthIndicator,
  FirebaseHealthIndicator,
  FirebaseProbe,
  HealthModule as IndicatorsModule,
  RedisHealthIndicator,
  UserServiceHealthIndicator,
  UserServiceProbe,
} from '@push/health';
import { RedisConnectionModule } from '@push/redis';
import { UserClientModule } from '@push/user-client';
import { MetricsModule } from '../metrics/metrics.module';
import { HealthController } from './health.controller';
import { IntakeLiveness, IntakeLivenessOptions } from './intake-liveness';
import { ProcessHealthIndicator } from './process.health';
import {
  FcmHealthProbe,
  RabbitmqState,
  ServiceHealth,
  UserServiceHealthProbe,
} from './service.health';

const indicators = IndicatorsModule.forRoot({
  imports: [RedisConnectionModule, FcmModule, UserClientModule, MetricsModule],
  indicators: [
    BrokerHealthIndicator,
    RedisHealthIndicator,
    FirebaseHealthIndicator,
    UserServiceHealthIndicator,
    CircuitBreakersHealthIndicator,
  ],
  providers: [
    { provide: BrokerState, useClass: RabbitmqState },
    { provide: FirebaseProbe, useClass: FcmHealthProbe },
    { provide: UserServiceProbe, useClass: UserServiceHealthProbe },
  ],
});

/** The health routes. Needs QueueModule and ResilienceModule, which are global. */
@Module({
  imports: [indicators],
  controllers: [HealthController],
  providers: [ServiceHealth, ProcessHealthIndicator, IntakeLiveness, IntakeLivenessOptions],
})
export class HealthModule {}
