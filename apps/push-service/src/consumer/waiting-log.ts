import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { Gate } from './gate';

/** Wait before the first line; doubled with each. */
const FIRST_MS = 15_000;
const LONGEST_MS = 300_000;

/**
 * Logs again what intake waits for, for whoever reads only the end of a log: after 15 seconds, 30, 60, and so on up to
 * once in five minutes. The beginning and the end of a wait are logged by the gate and the connections.
 */
@Injectable()
export class WaitingLog implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(WaitingLog.name);
  private timer?: NodeJS.Timeout;
  private since?: number;

  constructor(
    private readonly gate: Gate,
    private readonly server: PushQueueServer,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(FIRST_MS, FIRST_MS);
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private schedule(delayMs: number, nextMs: number): void {
    this.timer = setTimeout(() => this.check(nextMs), delayMs);
    this.timer.unref();
  }

  private check(everyMs: number): void {
    const waitingFor = this.waitingFor;
    if (waitingFor.length === 0) {
      this.since = undefined;
      this.schedule(FIRST_MS, FIRST_MS);
      return;
    }
    this.since ??= Date.now() - everyMs;
    this.logger.warn(
      { waiting_for: waitingFor, for_seconds: Math.round((Date.now() - this.since) / 1000) },
      'Still waiting; messages stay in the queue',
    );
    const nextMs = Math.min(everyMs * 2, LONGEST_MS);
    this.schedule(nextMs, nextMs);
  }

  private get waitingFor(): string[] {
    const { waitingFor } = this.gate;
    const lost = !this.server.connected && !waitingFor.includes('rabbitmq');
    return lost ? ['rabbitmq', ...waitingFor] : waitingFor;
  }
}
