import { Module, type DynamicModule } from '@nestjs/common';
import type { ConfigClass, EnvironmentSource } from './environment';
import { loadConfig } from './load-config';

/** Provides each configuration class, validated, for injection anywhere in the app. */
@Module({})
export class ConfigModule {
  /**
   * @param classes the concerns this app has
   * @param source the variables; the process's own when left out
   * @throws {ConfigError} when any variable is wrong
   */
  static forRoot(classes: readonly ConfigClass[], source?: EnvironmentSource): DynamicModule {
    const providers = [...loadConfig(classes, source)].map(([provide, useValue]) => ({
      provide,
      useValue,
    }));
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
