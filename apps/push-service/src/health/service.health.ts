import { Injectable } from '@nestjs/common';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { FcmTransport, probeFcm } from '@push/fcm';
import {
  BrokerHealthIndicator,
  BrokerState,
  CircuitBreakersHealthIndicator,
  FirebaseHealthIndicator,
  FirebaseProbe,
  RedisHealthIndicator,
  UserServiceHealthIndicator,
  UserServiceProbe,
} from '@push/health';
import { Publisher, PushQueueServer } from '@push/queue';
import { RecipientDirectory } from '@push/user-client';
import { NEEDED_DEPENDENCIES } from '../consumer/gate';
import { DeliveryMetrics } from '../metrics/delivery.metrics';

/** The checks of what this service depends on, which Terminus runs in parallel. */
@Injectable()
export class ServiceHealth {
  constructor(
    private readonly broker: BrokerHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly firebase: FirebaseHealthIndicator,
    private readonly userService: UserServiceHealthIndicator,
    private readonly breakers: CircuitBreakersHealthIndicator,
  ) {}

  /** What is needed to consume a message. */
  readonly consuming: HealthIndicatorFunction[] = [
    () => this.broker.check('rabbitmq'),
    () => this.redis.check('redis'),
  ];

  /** What is needed to deliver one. */
  readonly delivering: HealthIndicatorFunction[] = [
    ...this.consuming,
    () => this.firebase.check('firebase'),
    () => this.userService.check('user_service'),
    () => this.breakers.check('circuit_breakers', NEEDED_DEPENDENCIES),
  ];
}

/** RabbitMQ: messages are consumed over one connection, and published over another one. */
@Injectable()
export class RabbitmqState extends BrokerState {
  constructor(
    private readonly server: PushQueueServer,
    private readonly publisher: Publisher,
  ) {
    super();
  }

  get connected(): boolean {
    return this.server.connected && this.publisher.connected;
  }

  get paused(): boolean {
    return this.server.paused;
  }
}

/** Firebase: the last push that it accepted, else a request that delivers nothing. */
@Injectable()
export class FcmHealthProbe extends FirebaseProbe {
  constructor(
    private readonly transport: FcmTransport,
    private readonly metrics: DeliveryMetrics,
  ) {
    super();
  }

  get lastSuccessAt(): number | undefined {
    return this.metrics.lastAcceptedAt;
  }

  probe(): Promise<void> {
    return probeFcm(this.transport);
  }
}

/** The user service: the probe of its circuit breaker, over the connections that look-ups use. */
@Injectable()
export class UserServiceHealthProbe extends UserServiceProbe {
  readonly lastSuccessAt = undefined;

  constructor(private readonly directory: RecipientDirectory) {
    super();
  }

  probe(): Promise<void> {
    return this.directory.check();
  }
}
