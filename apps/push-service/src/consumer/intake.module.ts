import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { RedisConnectionModule } from '@push/redis';
import { BrokerModule } from '../broker/broker.module';
import { DeliveryModule } from '../delivery/delivery.module';
import { MetricsModule } from '../metrics/metrics.module';
import { StatusModule } from '../status/status.module';
import { TimelineModule } from '../timeline/timeline.module';
import { DeadLetters } from './dead-letters';
import { Drain } from './drain';
import { Ends } from './ends';
import { Gate } from './gate';
import { GateMetrics } from './gate.metrics';
import { Intake } from './intake.service';
import { OperatorPause } from './operator-pause';
import { OutcomeLog } from './outcome-log';
import { Redeliveries } from './redeliveries';
import { PushConsumer } from './push.consumer';
import { Settlement } from './settlement';
import { WaitingLog } from './waiting-log';

/** Takes messages from the queue, has them delivered, and settles them. */
@Module({
  imports: [
    BrokerModule,
    RedisConnectionModule,
    DeliveryModule,
    StatusModule,
    MetricsModule,
    RegistryModule,
    TimelineModule,
  ],
  controllers: [PushConsumer],
  providers: [
    Intake,
    Settlement,
    Ends,
    DeadLetters,
    OutcomeLog,
    Redeliveries,
    OperatorPause,
    Gate,
    GateMetrics,
    Drain,
    WaitingLog,
  ],
  exports: [Gate, OperatorPause],
})
export class IntakeModule {}
