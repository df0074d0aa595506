import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { IdempotencyModule } from '@push/idempotency';
import { RedisConnectionModule } from '@push/redis';
import { UserClientModule } from '@push/user-client';
import { BrokerModule } from '../broker/broker.module';
import { MetricsModule } from '../metrics/metrics.module';
import { StatusModule } from '../status/status.module';
import { TimelineModule } from '../timeline/timeline.module';
import { TokenCleanupModule } from '../token-cleanup/token-cleanup.module';
import { ClaimGuard, ClaimRecorder } from './claim-guard';
import { DeadLetters } from './dead-letters';
import { DeliveryPipeline } from './delivery.pipeline';
import { FcmSender } from './fcm.sender';
import { Finalizer } from './finalizer';
import { PoisonGuard } from './poison-guard';
import { RecipientFinder } from './recipients';
import { Renderer, Templates } from './renderer';
import { Telemetry } from './telemetry';

/** The delivery pipeline and its steps. */
@Module({
  imports: [
    BrokerModule,
    FcmModule,
    IdempotencyModule,
    MetricsModule,
    RedisConnectionModule,
    StatusModule,
    TimelineModule,
    TokenCleanupModule,
    UserClientModule,
  ],
  providers: [
    DeliveryPipeline,
    PoisonGuard,
    ClaimGuard,
    ClaimRecorder,
    RecipientFinder,
    Renderer,
    Templates,
    FcmSender,
    DeadLetters,
    Finalizer,
    Telemetry,
  ],
  exports: [DeliveryPipeline, PoisonGuard, ClaimRecorder],
})
export class DeliveryModule {}
