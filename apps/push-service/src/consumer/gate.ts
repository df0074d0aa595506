import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Metrics } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { Dependencies } from '@push/resilience';
import { Gauge } from 'prom-client';
import { OperatorPause } from './operator-pause';

/** Dependencies without which no notification can be delivered; without the gateway only its status waits. */
export const NEEDED_DEPENDENCIES: readonly string[] = [
  'rabbitmq',
  'redis',
  'user-service',
  'credentials',
  'fcm',
];

/** Not RabbitMQ: without it no message arrives. Not the credentials: the probe of FCM covers them. */
const CHECKED_FIRST = ['redis', 'user-service', 'fcm'];

/** The name in the log and metrics for a pause by an operator. */
const OPERATOR = 'operator';

/**
 * The one place that pauses intake while something it needs is down or an operator has paused it, and resumes it
 * afterwards. Closed at the start, until every dependency has been checked once and the operators' overrides are known: no
 * message is spent on finding out.
 */
@Injectable()
export class Gate implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Gate.name);
  private unsubscribe: (() => void)[] = [];
  private hasChecked = false;
  private isOpen = false;
  /** Something was down since it was open last. */
  private isRecovering = false;
  private wasPausedByOperator = false;
  /** What the log said last of what intake waits for. */
  private logged = '';

  constructor(
    private readonly dependencies: Dependencies,
    private readonly server: PushQueueServer,
    private readonly operator: OperatorPause,
    { registry }: Metrics,
  ) {
    const waitingFor = () => new Set(this.waitingFor);
    new Gauge({
      name: 'push_intake_gate_closed',
      help: '1 while intake waits for this: a dependency, or the operator who has paused it',
      labelNames: ['waiting_for'],
      registers: [registry],
      collect() {
        const causes = waitingFor();
        for (const cause of [...NEEDED_DEPENDENCIES, OPERATOR]) {
          this.set({ waiting_for: cause }, Number(causes.has(cause)));
        }
      },
    });
  }

  /** What is down and keeps intake paused; empty while nothing is known to be down. */
  get closedBy(): string[] {
    return this.dependencies
      .all()
      .filter(({ name, available }) => NEEDED_DEPENDENCIES.includes(name) && !available)
      .map(({ name }) => name);
  }

  /** What intake waits for: what is down, and `operator` where one has paused it. */
  get waitingFor(): string[] {
    return this.operator.current === undefined ? this.closedBy : [...this.closedBy, OPERATOR];
  }

  /** Whether every dependency has been checked once. */
  get checked(): boolean {
    return this.hasChecked;
  }

  onModuleInit(): void {
    void this.server.pause('the first check');
    const apply = (): void => this.apply();
    this.unsubscribe = [this.dependencies.onChange(apply), this.operator.onChange(apply)];
  }

  /** The app goes on starting meanwhile. */
  onApplicationBootstrap(): void {
    void this.checkFirst();
  }

  onModuleDestroy(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  private async checkFirst(): Promise<void> {
    const first = this.dependencies.all().filter(({ name }) => CHECKED_FIRST.includes(name));
    await Promise.all(first.map((dependency) => dependency.check()));
    this.hasChecked = true;
    this.apply();
  }

  private apply(): void {
    const { waitingFor } = this;
    if (this.closedBy.length > 0) this.isRecovering = true;
    if (waitingFor.length > 0) this.close(waitingFor);
    else if (this.hasChecked && this.operator.known && !this.isOpen) this.reopen();
  }

  private close(waitingFor: readonly string[]): void {
    const { current: pause } = this.operator;
    this.isOpen = false;
    const cause = [...waitingFor, pause?.since].join();
    if (cause === this.logged) return;
    this.logged = cause;
    this.logger.warn(
      { waiting_for: waitingFor, actor: pause?.by, reason: pause?.reason },
      'Intake paused; messages stay in the queue',
    );
    this.wasPausedByOperator = pause !== undefined;
    void this.server.pause(waitingFor.join(', '));
  }

  private reopen(): void {
    const { isRecovering: rampUp, logged } = this;
    const actor = this.wasPausedByOperator ? this.operator.resumedBy : undefined;
    this.isOpen = true;
    this.isRecovering = false;
    this.wasPausedByOperator = false;
    this.logged = '';
    if (logged !== '') this.logger.log({ actor }, 'Intake resumed');
    void this.server.resume({ rampUp });
  }
}
