import { Global, Injectable, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Gauges of prom-client that are named like counters, which `promtool check metrics` refuses; others say the same. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** The metrics of one app. Its registry is its own: prom-client's global one would mix the apps of one test process. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private collectsProcess = false;

  /** Adds the metrics of the process (memory, CPU, event loop, garbage collection). A second call does nothing. */
  collectProcessMetrics(): void {
    if (this.collectsProcess) return;
    this.collectsProcess = true;
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }
}

/** Provides the app's {@link Metrics}. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
