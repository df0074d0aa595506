import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Gauges of prom-client that are named like counters, which `promtool check metrics` refuses; others say the same. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** The metrics of one app. Its registry is its own: prom-client's global one would mix the apps of one test process. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private collectsProcess = false;

  /** Adds the figures of the process (memory, CPU, event loop, garbage collection). Asked again, it does nothing. */
  collectProcessMetrics(): void {
    if (this.collectsProcess) return;
    this.collectsProcess = true;
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }
}
