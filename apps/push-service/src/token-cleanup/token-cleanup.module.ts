import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { UserClientModule } from '@push/user-client';
import { TokenCleanupConfig } from './token-cleanup.config';
import { TokenCleanupMetrics } from './token-cleanup.metrics';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenSafetyThreshold } from './token-safety-threshold';
import { TokenCleanup } from './token-cleanup';
import { TokenReports } from './token-reports';

/** Has the user service remove device tokens that FCM calls dead, unless there are suspiciously many. */
@Module({
  imports: [UserClientModule, RegistryModule],
  providers: [
    {
      provide: TokenSafetyThreshold,
      inject: [TokenCleanupConfig],
      useFactory: (limits: TokenCleanupConfig) => new TokenSafetyThreshold(limits),
    },
    { provide: DeadTokenQueue, useFactory: () => new DeadTokenQueue() },
    TokenCleanupMetrics,
    TokenCleanup,
    TokenReports,
  ],
  exports: [TokenCleanup],
})
export class TokenCleanupModule {}
