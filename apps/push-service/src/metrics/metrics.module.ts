import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { MetricsModule as RegistryModule } from '@push/observability';
import { BreakerMetrics } from './breaker.metrics';
import { BuildInfo } from './build-info';
import { CountsWriter } from './counts.writer';
import { DeliveryMetrics } from './delivery.metrics';
import { DetourMetrics } from './detour.metrics';
import { MetricsController } from './metrics.controller';
import { MetricsWriter } from './metrics.writer';
import { QueueFigures } from './queue-figures';
import { Stages } from './stages';
import { StateGauges } from './state.gauges';

/** Figures of push-service. Needs QueueModule and ResilienceModule, which are global. */
@Module({
  imports: [RegistryModule, FcmModule],
  controllers: [MetricsController],
  providers: [
    DeliveryMetrics,
    DetourMetrics,
    Stages,
    QueueFigures,
    StateGauges,
    BreakerMetrics,
    BuildInfo,
    CountsWriter,
    MetricsWriter,
  ],
  exports: [DeliveryMetrics, DetourMetrics, Stages],
})
export class MetricsModule {}
