import { Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

/** Which indicators an app has, and what they need. */
export interface HealthModuleOptions extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  indicators: Type[];
}

/** Terminus with the indicators that the app names. */
@Module({})
export class HealthModule {
  /** @param options the indicators; `imports` and `providers` supply their ports, such as `BrokerState` */
  static forRoot({ indicators, imports = [], providers = [] }: HealthModuleOptions): DynamicModule {
    // Terminus logs an error for each failed check of each poller; our dependencies log each change once.
    const terminus = TerminusModule.forRoot({ logger: false });
    return {
      module: HealthModule,
      imports: [terminus, ...imports],
      providers: [...indicators, ...providers],
      exports: [terminus, ...indicators],
    };
  }
}
