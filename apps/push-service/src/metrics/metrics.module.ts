import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { MetricsModule as RegistryModule } from '@push/observability';
import { BreakerMetrics } from './breaker.metrics';
import { BuildInfo } from './build-info';
import { CountsWriter } from './counts.writer';
import { DeliveryMetrics } from './delivery.metrics';
import { MetricsController } from './metrics.controller';
import { MetricsWriter } from './metrics.writer';
import { QueueFigures } from './queue-figures';
import { StateGauges } from './state.gauges';

/** Figures of push-service. Needs QueueModule and ResilienceModule, which are global. */
@Module({
  imports: [RegistryModule, FcmModule],
  controllers: [MetricsController],
  providers: [
    DeliveryMetrics,
    QueueFigures,
    StateGauges,
    BreakerMetrics,
    BuildInfo,
    CountsWriter,
    MetricsWriter,
  ],
  exports: [DeliveryMetrics],
})
export class MetricsModule {}
