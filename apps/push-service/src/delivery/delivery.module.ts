import { Module } from '@nestjs/common';
import { RetryConfig } from '@push/config';
import { FcmModule, GuardedFcm } from '@push/fcm';
import { IdempotencyModule } from '@push/idempotency';
import { UserClientModule } from '@push/user-client';
import { TokenCleanupModule } from '../token-cleanup/token-cleanup.module';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { MetricsModule } from '../metrics/metrics.module';
import { tried } from '../timeline/happened';
import { note } from '../timeline/journey';
import { Admission } from './admission';
import { Composer } from './composer';
import { Deferral } from './deferral';
import { DeliveryService } from './delivery.service';
import { FanOut } from './fan-out';
import { Recipients } from './recipients';
import { Recorder } from './recorder';
import { Sender } from './sender';
import { Templates } from './templates';
import { Beginnings } from './turns';

/** The heart: the way of one notification. */
@Module({
  imports: [FcmModule, IdempotencyModule, UserClientModule, MetricsModule, TokenCleanupModule],
  providers: [
    Templates,
    Composer,
    Admission,
    Beginnings,
    Deferral,
    FanOut,
    Recipients,
    Recorder,
    DeliveryService,
    {
      provide: Sender,
      inject: [GuardedFcm, RetryConfig, DeliveryMetrics],
      useFactory: (fcm: GuardedFcm, retry: RetryConfig, metrics: DeliveryMetrics) =>
        new Sender(fcm, retry, (result, message, seconds) => {
          metrics.fcmRequest(result.accepted ? 'OK' : result.code, seconds);
          note(() => tried(message.identity, result, seconds * 1000));
        }),
    },
  ],
  exports: [Admission, Beginnings, DeliveryService, Recorder],
})
export class DeliveryModule {}
