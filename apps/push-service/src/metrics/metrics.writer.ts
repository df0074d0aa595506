import { Injectable } from '@nestjs/common';
import { FcmTransport } from '@push/fcm';
import { PushQueueServer } from '@push/queue';
import { Dependencies } from '@push/resilience';
import { VERSION } from '../version';
import { CountsWriter } from './counts.writer';
import type { MetricsDocument } from './metrics.document';
import { QueueFigures } from './queue-figures';

/** Writes the figures down for a person. */
@Injectable()
export class MetricsWriter {
  constructor(
    private readonly counts: CountsWriter,
    private readonly server: PushQueueServer,
    private readonly transport: FcmTransport,
    private readonly dependencies: Dependencies,
    private readonly queues: QueueFigures,
  ) {}

  async write(): Promise<MetricsDocument> {
    const { server, transport } = this;
    const [counts, queues] = await Promise.all([this.counts.write(), this.queues.byName()]);
    const { notifications, devices, dead_letters, fcmRequests, latency_ms } = counts;
    const { sessions, streams } = transport;
    return {
      service: 'push-service',
      version: VERSION,
      uptime_seconds: Math.round(process.uptime()),
      notifications,
      devices,
      dead_letters,
      fcm: { requests: fcmRequests, sessions, streams },
      circuit_breakers: Object.fromEntries(
        this.dependencies.all().map(({ name, state, failures }) => [name, { state, failures }]),
      ),
      intake: {
        in_flight: server.inFlight,
        waiting: server.waiting,
        window: server.currentLimit,
        paused: server.paused,
      },
      queues: queues ?? null,
      latency_ms,
      process: processFigures(),
    };
  }
}

function processFigures(): MetricsDocument['process'] {
  const { user, system } = process.cpuUsage();
  return {
    memory_mb: Math.round(process.memoryUsage.rss() / 1024 ** 2),
    cpu_seconds: Math.round((user + system) / 100_000) / 10,
    node: process.version,
  };
}
