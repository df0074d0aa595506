import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { QueueInspector, type QueueDepth } from '@push/queue';

/** Depth of each of our queues by its name; queues that do not exist are left out. */
@Injectable()
export class QueueFigures {
  constructor(
    private readonly inspector: QueueInspector,
    private readonly config: RabbitmqConfig,
  ) {}

  /** Undefined while the broker cannot be asked. */
  async byName(): Promise<Record<string, QueueDepth> | undefined> {
    const depths = await this.inspector.depths();
    if (!depths) return undefined;
    const { pushQueue, failedQueue, statusQueue, delayQueuePrefix } = this.config;
    const entries: [string, QueueDepth | null][] = [
      [pushQueue, depths.push],
      [failedQueue, depths.failed],
      [statusQueue, depths.status],
      [delayQueuePrefix, total([...depths.delays.values()])],
    ];
    return Object.fromEntries(
      entries.filter((entry): entry is [string, QueueDepth] => entry[1] !== null),
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
