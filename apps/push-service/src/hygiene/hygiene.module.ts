import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { UserClientModule } from '@push/user-client';
import { HygieneConfig } from './hygiene.config';
import { HygieneMetrics } from './hygiene.metrics';
import { ReportQueue } from './report-queue';
import { TokenBrake } from './token-brake';
import { TokenHygiene } from './token-hygiene';
import { TokenReports } from './token-reports';

/** Has device tokens that FCM calls dead removed from the user service, unless there are suspiciously many. */
@Module({
  imports: [UserClientModule, RegistryModule],
  providers: [
    {
      provide: TokenBrake,
      inject: [HygieneConfig],
      useFactory: (limits: HygieneConfig) => new TokenBrake(limits),
    },
    { provide: ReportQueue, useFactory: () => new ReportQueue() },
    HygieneMetrics,
    TokenHygiene,
    TokenReports,
  ],
  exports: [TokenHygiene],
})
export class HygieneModule {}
