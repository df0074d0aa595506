import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { MetricsModule as RegistryModule } from '@push/observability';
import { DeliveryMetrics } from './delivery.metrics';
import { MetricsController } from './metrics.controller';
import { MetricsWriter } from './metrics.document';
import { QueueFigures } from './queue-figures';
import { Stages } from './stages';
import { StateGauges } from './state.gauges';

/** Figures of push-service. Needs QueueModule and ResilienceModule, which are global. */
@Module({
  imports: [RegistryModule, FcmModule],
  controllers: [MetricsController],
  providers: [DeliveryMetrics, Stages, QueueFigures, StateGauges, MetricsWriter],
  exports: [DeliveryMetrics, Stages],
})
export class MetricsModule {}
