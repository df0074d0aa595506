import { Injectable } from '@nestjs/common';
import { PushQueueServer, QueueInspector } from '@push/queue';
import { Gate } from '../../consumer/gate';
import { IntakeConfig } from '../../consumer/intake.config';
import { OperatorPause } from '../../consumer/operator-pause';
import { Instances } from '../../control/instances';
import { Overrides } from '../../control/overrides';
import type { IntakeView } from './intake.schema';

/** What is the same whichever instance answers. */
@Injectable()
export class DeploymentReport {
  constructor(
    private readonly inspector: QueueInspector,
    private readonly overrides: Overrides,
    private readonly instances: Instances,
  ) {}

  get concurrencyOverride(): IntakeView['concurrency']['wished'] {
    const override = this.overrides.get('concurrency')?.value;
    if (override === undefined) return null;
    const { value, by, at } = override;
    return { value, by, since: new Date(at).toISOString() };
  }

  async read(): Promise<Pick<IntakeView, 'queues' | 'instances'>> {
    const [depths, reports] = await Promise.all([this.inspector.depths(), this.instances.all()]);
    return {
      queues: depths
        ? {
            push: depths.push,
            failed: depths.failed,
            status: depths.status,
            delays: Object.fromEntries(
              [...depths.delays].map(([ms, depth]) => [`${ms / 1000}s`, depth]),
            ),
          }
        : null,
      instances:
        reports?.map(({ revision, ...report }) => ({
          ...report,
          in_step: revision === this.overrides.revision,
        })) ?? null,
    };
  }
}

/** Intake of this instance, with the queues and instances of the deployment. */
@Injectable()
export class IntakeReport {
  constructor(
    private readonly server: PushQueueServer,
    private readonly config: IntakeConfig,
    private readonly gate: Gate,
    private readonly pause: OperatorPause,
    private readonly deployment: DeploymentReport,
  ) {}

  async read(): Promise<IntakeView> {
    const { server } = this;
    const deployment = await this.deployment.read();
    const pause = this.pause.current;
    return {
      paused: server.paused,
      closed_by: this.gate.closedBy,
      operator_pause: pause
        ? {
            by: pause.by,
            since: new Date(pause.since).toISOString(),
            reason: pause.reason ?? null,
          }
        : null,
      in_flight: server.inFlight,
      waiting: server.waiting,
      window: server.currentLimit,
      prefetch: this.config.prefetch,
      consumers: server.openConsumers,
      concurrency: {
        current: server.maxConcurrency,
        configured: this.config.concurrency,
        wished: this.deployment.concurrencyOverride,
      },
      ...deployment,
    };
  }
}
