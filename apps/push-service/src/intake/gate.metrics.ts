import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Gauge } from 'prom-client';
import { Gate, NEEDED_DEPENDENCIES } from './gate';

/** Why intake is held back. Here, as the figures of the service know nothing of intake. */
@Injectable()
export class GateMetrics {
  constructor({ registry }: Metrics, gate: Gate) {
    new Gauge({
      name: 'push_intake_gate_closed',
      help: '1 while intake waits for a dependency',
      labelNames: ['dependency'],
      registers: [registry],
      collect() {
        const closedBy = new Set(gate.closedBy);
        for (const dependency of NEEDED_DEPENDENCIES) {
          this.set({ dependency }, Number(closedBy.has(dependency)));
        }
      },
    });
  }
}
