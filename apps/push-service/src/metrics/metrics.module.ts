import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { MetricsModule as RegistryModule } from '@push/observability';
import { DeliveryMetrics } from './delivery.metrics';
import { MetricsController } from './metrics.controller';
import { MetricsDocumentBuilder } from './metrics.document';
import { QueueMetrics } from './queue.metrics';
import { StateMetrics } from './state.metrics';

/** Metrics of push-service. Needs QueueModule and ResilienceModule, which are global. */
@Module({
  imports: [RegistryModule, FcmModule],
  controllers: [MetricsController],
  providers: [DeliveryMetrics, QueueMetrics, StateMetrics, MetricsDocumentBuilder],
  exports: [DeliveryMetrics],
})
export class MetricsModule {}
