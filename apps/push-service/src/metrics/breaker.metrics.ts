import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Dependencies, type DependencyState } from '@push/resilience';
import { Counter, Gauge } from 'prom-client';

const STATES: readonly DependencyState[] = ['closed', 'half_open', 'open'];

/** The breakers of all dependencies. */
@Injectable()
export class BreakerMetrics implements OnModuleDestroy {
  private readonly stopListening: () => void;

  constructor({ registry }: Metrics, dependencies: Dependencies) {
    const registers = [registry];
    new Gauge({
      name: 'push_circuit_breaker_state',
      help: '1 for the state that the breaker is in, 0 for the others; only closed lets calls through',
      labelNames: ['dependency', 'state'],
      registers,
      collect() {
        for (const { name, state: now } of dependencies.all()) {
          for (const state of STATES) this.set({ dependency: name, state }, Number(state === now));
        }
      },
    });
    new Gauge({
      name: 'push_circuit_breaker_failures',
      help: 'Failures since the last sound answer',
      labelNames: ['dependency'],
      registers,
      collect() {
        for (const { name, failures } of dependencies.all()) {
          this.set({ dependency: name }, failures);
        }
      },
    });
    const openings = new Counter({
      name: 'push_circuit_breaker_openings_total',
      help: 'Times the breaker has opened; a failed probe of an open one does not count',
      labelNames: ['dependency'],
      registers,
    });
    this.stopListening = countOpenings(dependencies, openings);
  }

  onModuleDestroy(): void {
    this.stopListening();
  }
}

function countOpenings(dependencies: Dependencies, openings: Counter<'dependency'>): () => void {
  const open = new Set<string>();
  return dependencies.onChange(({ name, state }) => {
    if (state === 'closed') open.delete(name);
    if (state !== 'open' || open.has(name)) return;
    open.add(name);
    openings.inc({ dependency: name });
  });
}
