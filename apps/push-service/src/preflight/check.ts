import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BreakerConfig,
  ConfigModule,
  type ConfigClass,
  type EnvironmentSource,
} from '@push/config';
import { ResilienceModule } from '@push/resilience';

export interface Finding {
  result: 'ok' | 'warning' | 'failed';
  /** Without secrets. */
  found: string;
  /** What to do about it. */
  advice?: string;
}

/** One row of the report. */
export interface CheckReport extends Finding {
  check: string;
}

/** Checks one thing that the service needs. */
export interface Check {
  name: string;
  /** The configuration that it reads; while any of it is invalid the check does not run. */
  needs: readonly ConfigClass[];
  /** Each finding becomes a row. Rejects where the thing cannot be used. */
  run: (context: CheckContext) => Promise<Finding | readonly Finding[]>;
  /** What to do where it rejects, or takes too long. */
  advice: string;
}

export interface CheckContext {
  source?: EnvironmentSource;
  /** Whether to declare what is missing at the broker. */
  declare: boolean;
  /** The validated configuration. */
  config: <T>(type: ConfigClass<T>) => T;
}

const finding =
  (result: Finding['result']) =>
  (found: string, advice?: string): Finding => ({ result, found, advice });

export const ok = finding('ok');
export const warning = finding('warning');
export const failed = finding('failed');

/** The parts of the service that a check uses. */
interface Parts {
  imports?: Type[];
  providers?: Type[];
  configs: readonly ConfigClass[];
}

@Module({})
class PreflightModule {}

/** Creates parts of the service as the service does, and releases them after use. */
export async function withParts<T>(
  { imports = [], providers = [], configs }: Parts,
  source: EnvironmentSource | undefined,
  use: (parts: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const module: DynamicModule = {
    module: PreflightModule,
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
    logger: false,
  });
  try {
    return await use(context);
  } finally {
    await context.close();
  }
}
