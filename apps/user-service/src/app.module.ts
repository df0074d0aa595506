import { type DynamicModule, Module } from '@nestjs/common';
import { ApiDocsConfig, ConfigModule, type EnvironmentSource, LogConfig } from '@push/config';
import { LoggingModule } from '@push/observability';
import { DatabaseModule } from './database';
import { DemoData } from './demo-data';
import { HealthModule } from './health.module';
import { DatabaseConfig, ServerConfig } from './user-service.config';
import { UsersModule } from './users/users.module';

/** The user service. */
@Module({})
export class AppModule {
  /** @throws {ConfigError} when any variable is wrong */
  static register(source?: EnvironmentSource): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot([ServerConfig, ApiDocsConfig, DatabaseConfig, LogConfig], source),
        LoggingModule.forRoot('user-service'),
        DatabaseModule,
        UsersModule,
        HealthModule,
      ],
      providers: [DemoData],
    };
  }
}
