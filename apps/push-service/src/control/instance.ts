import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { LogLevel } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { Dependencies } from '@push/resilience';
import { z } from 'zod';
import { Gate } from '../consumer/gate';
import { VERSION } from './version';
import { Wishes } from './wishes';

/** What an instance says of itself. */
export const instanceReport = z.object({
  id: z.string(),
  started_at: z.string(),
  version: z.string(),
  paused: z.boolean(),
  /** Dependencies that are down, and `operator`. */
  waiting_for: z.array(z.string()),
  in_flight: z.number(),
  concurrency: z.number(),
  breakers_open: z.array(z.string()),
  log_level: z.string(),
  /** Of the wishes that it knows. */
  revision: z.string(),
});

export type InstanceReport = z.output<typeof instanceReport>;

/** This process as one of several. */
@Injectable()
export class Instance {
  /** Of this start of this process. */
  readonly id = `${hostname().slice(0, 64)}-${randomBytes(4).toString('hex')}`;
  private readonly startedAt = new Date().toISOString();

  constructor(
    private readonly server: PushQueueServer,
    private readonly dependencies: Dependencies,
    private readonly gate: Gate,
    private readonly wishes: Wishes,
    private readonly logLevel: LogLevel,
  ) {}

  report(): InstanceReport {
    const { server } = this;
    return {
      id: this.id,
      started_at: this.startedAt,
      version: VERSION,
      paused: server.paused,
      waiting_for: this.gate.waitingFor,
      in_flight: server.inFlight,
      concurrency: server.maxConcurrency,
      breakers_open: this.dependencies
        .all()
        .filter(({ available }) => !available)
        .map(({ name }) => name),
      log_level: this.logLevel.current,
      revision: this.wishes.revision,
    };
  }
}
