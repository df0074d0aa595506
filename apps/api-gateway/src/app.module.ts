import { type DynamicModule, Module } from '@nestjs/common';
import {
  ApiDocsConfig,
  BreakerConfig,
  ConfigModule,
  type EnvironmentSource,
  LogConfig,
  RabbitmqConfig,
  RedisConfig,
  TracingConfig,
} from '@push/config';
import { LoggingModule, TracingModule } from '@push/observability';
import { QueueModule } from '@push/queue';
import { ResilienceModule } from '@push/resilience';
import { AcceptanceConfig, GatewayConfig } from './gateway.config';
import { HealthModule } from './health.module';
import { NotificationsModule } from './notifications/notifications.module';
import { StatusModule } from './status.module';

const concerns = [
  GatewayConfig,
  ApiDocsConfig,
  AcceptanceConfig,
  RabbitmqConfig,
  RedisConfig,
  BreakerConfig,
  LogConfig,
  TracingConfig,
];

/** The API gateway. */
@Module({})
export class AppModule {
  /** @throws {ConfigError} when any variable is wrong */
  static register(source?: EnvironmentSource): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(concerns, source),
        LoggingModule.forRoot('api-gateway'),
        TracingModule.forRoot('api-gateway'),
        ResilienceModule,
        QueueModule.forRoot(),
        NotificationsModule,
        StatusModule,
        HealthModule,
      ],
    };
  }
}
