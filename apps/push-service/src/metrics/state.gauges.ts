import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FcmTransport } from '@push/fcm';
import { Metrics } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { Dependencies } from '@push/resilience';
import { Counter, Gauge } from 'prom-client';
import { QueueFigures } from './queue-figures';

/** What the service is doing now, read from its parts when somebody asks. */
@Injectable()
export class StateGauges implements OnModuleDestroy {
  private readonly stopListening: () => void;

  constructor(
    private readonly metrics: Metrics,
    server: PushQueueServer,
    transport: FcmTransport,
    private readonly dependencies: Dependencies,
    queues: QueueFigures,
  ) {
    this.gauge('push_intake_in_flight', 'Messages in hand', () => server.inFlight);
    this.gauge('push_intake_waiting', 'Messages delivered to us, not begun', () => server.waiting);
    this.gauge('push_intake_window', 'Messages that may be in hand just now', () => server.window);
    this.gauge('push_intake_paused', '1 while intake is held back', () => Number(server.paused));
    this.gauge('push_fcm_sessions', 'Connections to FCM that are open', () => transport.sessions);
    this.breakerGauges();
    this.queueGauges(queues);
    this.stopListening = this.countOpenings();
    metrics.collectProcessMetrics();
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.metrics.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private breakerGauges(): void {
    const { dependencies } = this;
    const labelNames = ['dependency'] as const;
    const registers = [this.metrics.registry];
    new Gauge({
      name: 'push_circuit_breaker_open',
      help: '1 while the breaker lets no call through, half open included',
      labelNames,
      registers,
      collect() {
        for (const { name, available } of dependencies.all()) {
          this.set({ dependency: name }, available ? 0 : 1);
        }
      },
    });
    new Gauge({
      name: 'push_circuit_breaker_failures',
      help: 'Failures since the last sound answer',
      labelNames,
      registers,
      collect() {
        for (const { name, failures } of dependencies.all()) {
          this.set({ dependency: name }, failures);
        }
      },
    });
  }

  private countOpenings(): () => void {
    const openings = new Counter({
      name: 'push_circuit_breaker_openings_total',
      help: 'Times the breaker has opened; a failed probe of an open one does not count',
      labelNames: ['dependency'],
      registers: [this.metrics.registry],
    });
    const open = new Set<string>();
    return this.dependencies.onChange(({ name, state }) => {
      if (state === 'closed') open.delete(name);
      if (state !== 'open' || open.has(name)) return;
      open.add(name);
      openings.inc({ dependency: name });
    });
  }

  private queueGauges(queues: QueueFigures): void {
    const read = { messages: 'Messages ready', consumers: 'Consumers, of all instances,' } as const;
    for (const [figure, what] of Object.entries(read)) {
      new Gauge({
        name: `push_queue_${figure}`,
        help: `${what} in a queue; absent while the broker cannot be asked`,
        labelNames: ['queue'],
        registers: [this.metrics.registry],
        async collect() {
          const depths = (await queues.byName()) ?? {};
          this.reset();
          for (const [queue, depth] of Object.entries(depths)) {
            this.set({ queue }, depth[figure as keyof typeof read]);
          }
        },
      });
    }
  }
}
