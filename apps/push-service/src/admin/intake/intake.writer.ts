import { Injectable } from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { Gate } from '../../consumer/gate';
import { IntakeConfig } from '../../consumer/intake.config';
import { OperatorPause } from '../../consumer/operator-pause';
import { FleetWriter } from './fleet.writer';
import type { IntakeView } from './intake.schema';

const iso = (at: number): string => new Date(at).toISOString();

/** Writes intake down for an operator. */
@Injectable()
export class IntakeWriter {
  constructor(
    private readonly server: PushQueueServer,
    private readonly config: IntakeConfig,
    private readonly gate: Gate,
    private readonly pause: OperatorPause,
    private readonly fleet: FleetWriter,
  ) {}

  async write(): Promise<IntakeView> {
    const { server } = this;
    const pause = this.pause.current;
    const [queues, instances] = await Promise.all([this.fleet.queues(), this.fleet.instances()]);
    return {
      paused: server.paused,
      closed_by: this.gate.closedBy,
      operator_pause: pause
        ? { by: pause.by, since: iso(pause.since), reason: pause.reason ?? null }
        : null,
      in_flight: server.inFlight,
      waiting: server.waiting,
      window: server.currentLimit,
      prefetch: this.config.prefetch,
      consumers: server.openConsumers,
      concurrency: {
        current: server.maxConcurrency,
        configured: this.config.concurrency,
        wished: this.fleet.wishedConcurrency,
      },
      queues,
      instances,
    };
  }
}
