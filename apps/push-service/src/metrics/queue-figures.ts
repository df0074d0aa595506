import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { QueueInspector, type QueueDepth } from '@push/queue';

/** What a queue is for, whatever it is called. */
export type QueueRole = 'push' | 'failed' | 'status' | 'delay';

/** One of our queues. */
export interface QueueFigure extends QueueDepth {
  role: QueueRole;
  /** As the broker knows it; of the delay queues, what their names begin with. */
  name: string;
}

/** Depth of each of our queues; queues that do not exist are left out. */
@Injectable()
export class QueueFigures {
  constructor(
    private readonly inspector: QueueInspector,
    private readonly config: RabbitmqConfig,
  ) {}

  /** Undefined while the broker cannot be asked. */
  async all(): Promise<QueueFigure[] | undefined> {
    const depths = await this.inspector.depths();
    if (!depths) return undefined;
    const { pushQueue, failedQueue, statusQueue, delayQueuePrefix } = this.config;
    const queues: [QueueRole, string, QueueDepth | null][] = [
      ['push', pushQueue, depths.push],
      ['failed', failedQueue, depths.failed],
      ['status', statusQueue, depths.status],
      ['delay', delayQueuePrefix, total([...depths.delays.values()])],
    ];
    return queues.flatMap(([role, name, depth]) => (depth ? [{ role, name, ...depth }] : []));
  }

  /** The same by name. */
  async byName(): Promise<Record<string, QueueDepth> | undefined> {
    const queues = await this.all();
    return (
      queues &&
      Object.fromEntries(
        queues.map(({ name, messages, consumers }) => [name, { messages, consumers }]),
      )
    );
  }
}

/** The delay queues are one to whoever looks: messages that wait for their next try. */
function total(depths: readonly (QueueDepth | null)[]): QueueDepth | null {
  const existing = depths.filter((depth) => depth !== null);
  if (existing.length === 0) return null;
  return {
    messages: existing.reduce((sum, { messages }) => sum + messages, 0),
    consumers: existing.reduce((sum, { consumers }) => sum + consumers, 0),
  };
}
