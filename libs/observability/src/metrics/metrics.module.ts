import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics';

/** Provides the app's {@link Metrics}. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
