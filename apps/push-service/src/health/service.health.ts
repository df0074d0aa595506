import { Injectable } from '@nestjs/common';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import {
  BrokerHealthIndicator,
  CircuitBreakersHealthIndicator,
  FirebaseHealthIndicator,
  RedisHealthIndicator,
  UserServiceHealthIndicator,
} from '@push/health';
import { NEEDED_DEPENDENCIES } from '../consumer/gate';

/** What this service depends on, as checks that Terminus runs side by side. */
@Injectable()
export class ServiceHealth {
  constructor(
    private readonly broker: BrokerHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly firebase: FirebaseHealthIndicator,
    private readonly userService: UserServiceHealthIndicator,
    private readonly breakers: CircuitBreakersHealthIndicator,
  ) {}

  /** Without these no message can be taken. */
  readonly taking: HealthIndicatorFunction[] = [
    () => this.broker.check('rabbitmq'),
    () => this.redis.check('redis'),
  ];

  /** Without these none can be delivered. */
  readonly delivering: HealthIndicatorFunction[] = [
    ...this.taking,
    () => this.firebase.check('firebase'),
    () => this.userService.check('user_service'),
    () => this.breakers.check('circuit_breakers', NEEDED_DEPENDENCIES),
  ];
}
