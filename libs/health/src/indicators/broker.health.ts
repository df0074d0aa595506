import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { BrokerState } from './broker-state';

/** Whether RabbitMQ can be used, by the state of the connection that is there anyway. */
@Injectable()
export class BrokerHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly broker: BrokerState,
  ) {}

  check<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    const { connected, paused } = this.broker;
    const consumer = paused === undefined ? {} : { consumer: consumerState({ connected, paused }) };
    if (connected) return session.up({ checked: 'connection', ...consumer });
    return session.down({
      checked: 'connection',
      ...consumer,
      message: 'not connected; trying again until it is',
    });
  }
}

function consumerState({ connected, paused }: { connected: boolean; paused: boolean }): string {
  if (paused) return 'paused';
  return connected ? 'consuming' : 'waiting';
}
