import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { DeliveryModule } from '../delivery/delivery.module';
import { Gate } from './gate';
import { OperatorPause } from './operator-pause';
import { PushConsumer } from './push.consumer';
import { WaitingLog } from './waiting-log';

/** Consumes `push.queue` while everything a delivery needs is up. */
@Module({
  imports: [DeliveryModule, RegistryModule],
  controllers: [PushConsumer],
  providers: [OperatorPause, Gate, WaitingLog],
  exports: [Gate, OperatorPause],
})
export class IntakeModule {}
