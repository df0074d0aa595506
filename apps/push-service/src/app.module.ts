import { Module, type DynamicModule } from '@nestjs/common';
import {
  ApiDocsConfig,
  BreakerConfig,
  ConfigModule,
  FcmConfig,
  IdempotencyConfig,
  LogConfig,
  RabbitmqConfig,
  RedisConfig,
  RetryConfig,
  TracingConfig,
  UserServiceConfig,
  type EnvironmentSource,
} from '@push/config';
import { LoggingModule, TracingModule } from '@push/observability';
import { QueueModule } from '@push/queue';
import { ResilienceModule } from '@push/resilience';
import { AdminConfig } from './admin/admin.config';
import { AdminModule } from './admin/admin.module';
import { HttpConfig } from './app.config';
import { DeliveryConfig } from './delivery/delivery.config';
import { HealthModule } from './health/health.module';
import { TokenCleanupConfig } from './token-cleanup/token-cleanup.config';
import { IntakeConfig } from './consumer/intake.config';
import { IntakeModule } from './consumer/intake.module';
import { MetricsModule } from './metrics/metrics.module';
import { StatusConfig } from './status/status.config';
import { TimelineConfig } from './timeline/timeline.config';

/** What push-service is configured with. */
export const CONCERNS = [
  HttpConfig,
  ApiDocsConfig,
  LogConfig,
  TracingConfig,
  RabbitmqConfig,
  RedisConfig,
  FcmConfig,
  UserServiceConfig,
  IdempotencyConfig,
  RetryConfig,
  BreakerConfig,
  IntakeConfig,
  DeliveryConfig,
  TokenCleanupConfig,
  StatusConfig,
  AdminConfig,
  TimelineConfig,
];

/** push-service, assembled. */
@Module({})
export class AppModule {
  /**
   * @param source the environment; the process's own when left out
   * @throws {ConfigError} when it cannot be worked with
   */
  static register(source?: EnvironmentSource): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(CONCERNS, source),
        LoggingModule.forRoot('push-service'),
        TracingModule.forRoot('push-service'),
        ResilienceModule,
        QueueModule.forRootAsync({
          inject: [IntakeConfig, StatusConfig],
          useFactory: (intake: IntakeConfig, status: StatusConfig) => ({
            relaysStatus: status.callbackUrl !== undefined,
            intake: {
              prefetch: intake.prefetch,
              concurrency: intake.concurrency,
              maxMessageBytes: intake.maxMessageBytes,
              rampUpMs: intake.rampUpMs,
            },
          }),
        }),
        MetricsModule,
        IntakeModule,
        HealthModule,
        AdminModule,
      ],
    };
  }
}
