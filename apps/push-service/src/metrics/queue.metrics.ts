import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { Metrics } from '@push/observability';
import { QueueInspector, type QueueDepth } from '@push/queue';
import { Gauge } from 'prom-client';

/** The depth of one of our queues. */
interface NamedDepth extends QueueDepth {
  /** What the queue is for, whatever its name: push, failed, status, delay. */
  role: string;
  /** The queue's name; of the delay queues, which are shown together, their common prefix. */
  name: string;
}

const HELP = {
  messages: 'Messages ready in a queue',
  consumers: 'Consumers of a queue, of all instances',
} as const;

/** Depth and consumers of our queues. A queue that does not exist is left out. */
@Injectable()
export class QueueMetrics {
  constructor(
    { registry }: Metrics,
    private readonly inspector: QueueInspector,
    private readonly config: RabbitmqConfig,
  ) {
    const read = () => this.read();
    for (const figure of ['messages', 'consumers'] as const) {
      new Gauge({
        name: `push_queue_${figure}`,
        help: `${HELP[figure]}; absent while the broker cannot be asked`,
        labelNames: ['role', 'queue'],
        registers: [registry],
        async collect() {
          const depths = (await read()) ?? [];
          this.reset();
          for (const depth of depths) {
            this.set({ role: depth.role, queue: depth.name }, depth[figure]);
          }
        },
      });
    }
  }

  /** By name; undefined while the broker cannot be asked. */
  async byName(): Promise<Record<string, QueueDepth> | undefined> {
    const depths = await this.read();
    return (
      depths &&
      Object.fromEntries(
        depths.map(({ name, messages, consumers }) => [name, { messages, consumers }]),
      )
    );
  }

  private async read(): Promise<NamedDepth[] | undefined> {
    const depths = await this.inspector.depths();
    if (!depths) return undefined;
    const { pushQueue, failedQueue, statusQueue, delayQueuePrefix } = this.config;
    const queues = [
      { role: 'push', name: pushQueue, depth: depths.push },
      { role: 'failed', name: failedQueue, depth: depths.failed },
      { role: 'status', name: statusQueue, depth: depths.status },
      { role: 'delay', name: delayQueuePrefix, depth: sum([...depths.delays.values()]) },
    ];
    return queues.flatMap(({ role, name, depth }) => (depth ? [{ role, name, ...depth }] : []));
  }
}

function sum(depths: readonly (QueueDepth | null)[]): QueueDepth | null {
  const existing = depths.filter((depth) => depth !== null);
  if (existing.length === 0) return null;
  return {
    messages: existing.reduce((total, { messages }) => total + messages, 0),
    consumers: existing.reduce((total, { consumers }) => total + consumers, 0),
  };
}
