import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { PushQueueServer } from '@push/queue';
import { Dependencies } from '@push/resilience';
import { OperatorPause, type Pause } from './operator-pause';

/** Dependencies without which no notification can be delivered; without the gateway only its status waits. */
export const NEEDED_DEPENDENCIES: readonly string[] = [
  'rabbitmq',
  'redis',
  'user-service',
  'credentials',
  'fcm',
];

/** Not RabbitMQ: without it no message comes. Not the credentials: the look at FCM tells of them too. */
const LOOKED_AT_FIRST = ['redis', 'user-service', 'fcm'];

/** How the log calls what is waited for when an operator has paused intake. */
export const OPERATOR = 'operator';

/**
 * The one place that pauses intake while something it needs is down or an operator wants it, and resumes it when neither
 * is so. Closed at the start, until everything has been looked at once and the operator's wish is known: no message is
 * spent on finding out.
 */
@Injectable()
export class Gate implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Gate.name);
  private unsubscribe: (() => void)[] = [];
  private hasChecked = false;
  private open = false;
  /** Something was down since it was open last. */
  private recovering = false;
  private heldByOperator = false;
  /** What intake was last said to wait for. */
  private told = '';

  constructor(
    private readonly dependencies: Dependencies,
    private readonly server: PushQueueServer,
    private readonly operator: OperatorPause,
  ) {}

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

  /** Whether everything has been looked at once. */
  get checked(): boolean {
    return this.hasChecked;
  }

  onModuleInit(): void {
    void this.server.pause('the first look');
    const apply = (): void => this.apply();
    this.unsubscribe = [this.dependencies.onChange(apply), this.operator.onChange(apply)];
  }

  /** The app starts meanwhile. */
  onApplicationBootstrap(): void {
    void this.lookFirst();
  }

  onModuleDestroy(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  private async lookFirst(): Promise<void> {
    const first = this.dependencies.all().filter(({ name }) => LOOKED_AT_FIRST.includes(name));
    await Promise.all(first.map((dependency) => dependency.check()));
    this.hasChecked = true;
    this.apply();
  }

  private apply(): void {
    const { waitingFor } = this;
    if (this.closedBy.length > 0) this.recovering = true;
    if (waitingFor.length > 0) this.close(waitingFor, this.operator.current);
    else if (this.hasChecked && this.operator.known && !this.open) this.reopen();
  }

  private close(waitingFor: readonly string[], pause: Pause | undefined): void {
    this.open = false;
    const what = [...waitingFor, pause?.since].join();
    if (what === this.told) return;
    this.told = what;
    this.logger.warn(
      { waiting_for: waitingFor, actor: pause?.by, reason: pause?.reason },
      'Intake paused; messages stay in the queue',
    );
    this.heldByOperator = pause !== undefined;
    void this.server.pause(waitingFor.join(', '));
  }

  private reopen(): void {
    const { recovering: rampUp, told } = this;
    const actor = this.heldByOperator ? this.operator.resumedBy : undefined;
    this.open = true;
    this.recovering = false;
    this.heldByOperator = false;
    this.told = '';
    if (told !== '') this.logger.log({ actor }, 'Intake resumed');
    void this.server.resume({ rampUp });
  }
}
