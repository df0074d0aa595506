import { Injectable } from '@nestjs/common';
import { FcmTransport } from '@push/fcm';
import { Metrics } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { Gauge } from 'prom-client';
import { QueueFigures } from './queue-figures';

/** What the service is doing now, read from its parts when somebody asks. */
@Injectable()
export class StateGauges {
  constructor(
    private readonly metrics: Metrics,
    server: PushQueueServer,
    transport: FcmTransport,
    queues: QueueFigures,
  ) {
    this.gauge('push_intake_in_flight', 'Messages in hand', () => server.inFlight);
    this.gauge('push_intake_waiting', 'Messages delivered to us, not begun', () => server.waiting);
    this.gauge(
      'push_intake_window',
      'Messages that may be in hand just now',
      () => server.currentLimit,
    );
    this.gauge('push_intake_paused', '1 while intake is held back', () => Number(server.paused));
    this.gauge('push_fcm_sessions', 'Connections to FCM that are open', () => transport.sessions);
    this.gauge(
      'push_fcm_streams',
      'Requests to FCM under way; a session of HTTP/2 carries 100',
      () => transport.streams,
    );
    this.queueGauges(queues);
    metrics.collectProcessMetrics();
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

  private queueGauges(queues: QueueFigures): void {
    const read = { messages: 'Messages ready', consumers: 'Consumers, of all instances,' } as const;
    for (const [figure, what] of Object.entries(read)) {
      new Gauge({
        name: `push_queue_${figure}`,
        help: `${what} in a queue; absent while the broker cannot be asked`,
        labelNames: ['role', 'queue'],
        registers: [this.metrics.registry],
        async collect() {
          const all = (await queues.all()) ?? [];
          this.reset();
          for (const { role, name, ...depth } of all) {
            this.set({ role, queue: name }, depth[figure as keyof typeof read]);
          }
        },
      });
    }
  }
}
