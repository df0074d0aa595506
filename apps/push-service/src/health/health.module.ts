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
import { Draining } from './draining';
import { EventLoop } from './event-loop';
import { HealthController } from './health.controller';
import { IntakeVigil } from './intake-vigil';
import { IntakeWatch, IntakeWatchOptions } from './intake-watch';
import { FcmHealthProbe, UserServiceHealthProbe } from './probes';
import { ProcessHealthIndicator } from './process.health';
import { RabbitmqState } from './rabbitmq.state';
import { ServiceHealth } from './service.health';

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

/** Health of push-service. Needs QueueModule and ResilienceModule, which are global. */
@Module({
  imports: [indicators],
  controllers: [HealthController],
  providers: [
    ServiceHealth,
    ProcessHealthIndicator,
    Draining,
    EventLoop,
    IntakeWatch,
    IntakeWatchOptions,
    { provide: IntakeVigil, useFactory: () => new IntakeVigil() },
  ],
})
export class HealthModule {}
