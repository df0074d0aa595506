import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Gauge } from 'prom-client';
import { Gate, NEEDED_DEPENDENCIES, OPERATOR } from './gate';

/** Why intake is held back. Here, as the figures of the service know nothing of intake. */
@Injectable()
export class GateMetrics {
  constructor({ registry }: Metrics, gate: Gate) {
    new Gauge({
      name: 'push_intake_gate_closed',
      help: '1 while intake waits for this: a dependency, or the operator who has paused it',
      labelNames: ['waiting_for'],
      registers: [registry],
      collect() {
        const waitingFor = new Set(gate.waitingFor);
        for (const cause of [...NEEDED_DEPENDENCIES, OPERATOR]) {
          this.set({ waiting_for: cause }, Number(waitingFor.has(cause)));
        }
      },
    });
  }
}
