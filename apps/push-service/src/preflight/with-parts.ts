import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BreakerConfig,
  ConfigModule,
  type ConfigClass,
  type EnvironmentSource,
} from '@push/config';
import { ResilienceModule } from '@push/resilience';

/** The parts of the service that a check uses, made as the service makes them, and nothing else of it. */
export interface Parts {
  imports?: Type[];
  providers?: Type[];
  configs: readonly ConfigClass[];
}

class PartsModule {
  readonly name = 'preflight';
}

/** Makes the parts, has them used, and releases what they hold. */
export async function withParts<T>(
  { imports = [], providers = [], configs }: Parts,
  source: EnvironmentSource | undefined,
  use: (parts: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const module: DynamicModule = {
    module: PartsModule,
    imports: [
      ConfigModule.forRoot([BreakerConfig, ...configs], source),
      ResilienceModule,
      ...imports,
    ],
    providers,
  };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest means an interface
  const context = await NestFactory.createApplicationContext(module, {
    abortOnError: false,
    // The report says it all.
    logger: false,
  });
  try {
    return await use(context);
  } finally {
    await context.close();
  }
}
